//! The normalised operation: no fragments, no abstract selections, each field once for each concrete type.

use std::{
    ops::{Index, IndexMut},
    sync::Arc,
};

use super::{
    conditions::Conditions,
    scopes::{ScopeId, Scopes, Signature, TYPENAME},
};
use crate::plan::{
    graph::{Arguments, FieldDefId, Graph, TypeId},
    nodes::{Condition, ProjectedField},
};

/// A place in the answer that holds objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PositionId(pub u32);

/// One selected field of one concrete type at one position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(pub u32);

/// Index into `Position::cases`.
pub type CaseIndex = usize;

#[derive(Debug)]
pub struct Position {
    /// The field whose value stands here; None at the root.
    pub parent: Option<FieldId>,
    /// The declared type of the place.
    pub ty: TypeId,
    pub cases: Vec<Case>,
    pub scope: ScopeId,
    /// Whether the client's selection depends on the object's type, so that its `__typename` must be known.
    pub discriminated: bool,
    /// An abstract place that is asked for as one: the only case of the client's is the abstract type itself.
    pub whole: bool,
    /// What holds whenever this place is asked for.
    pub literals: Vec<Condition>,
    /// How often the answer's shape says this place: more than once below a field that stands at several places.
    pub copies: usize,
}

/// What is selected on objects of one concrete type (or, in a whole place, of its declared type).
#[derive(Debug)]
pub struct Case {
    pub ty: TypeId,
    /// The client's fields in the order of the answer, then the planner's own.
    pub fields: Vec<FieldId>,
    /// Where the client's fields stand in the answer, and when; None: as in `fields`. A field whose first mention may
    /// be skipped stands at several places, of which conditions leave one.
    pub order: Option<Vec<(FieldId, Conditions)>>,
    /// The planner's `__typename` of the real type, and of whatever the subgraph calls it.
    pub typename: Option<FieldId>,
    pub any_typename: Option<FieldId>,
}

#[derive(Debug)]
pub struct Field {
    pub position: PositionId,
    pub case: CaseIndex,
    /// What the client called it; None for the planner's own fields.
    pub response_key: Option<Arc<str>>,
    pub data_key: Arc<str>,
    pub conditions: Conditions,
    pub kind: FieldKind,
}

#[derive(Debug)]
pub enum FieldKind {
    /// A field of the graph; `child` for objects.
    Selected { def: FieldDefId, arguments: Arc<Arguments>, child: Option<PositionId> },
    /// `__typename` of the concrete type.
    Typename,
    /// `__typename`, be it the name of an interface object.
    AnyTypename,
    /// `__schema` and `__type`: answered by the router, already projected.
    Introspection(Box<ProjectedField>),
}

#[derive(Debug)]
pub struct Tree {
    positions: Vec<Position>,
    fields: Vec<Field>,
    pub scopes: Scopes,
}

impl Index<PositionId> for Tree {
    type Output = Position;

    fn index(&self, id: PositionId) -> &Position {
        &self.positions[id.0 as usize]
    }
}

impl IndexMut<PositionId> for Tree {
    fn index_mut(&mut self, id: PositionId) -> &mut Position {
        &mut self.positions[id.0 as usize]
    }
}

impl Index<FieldId> for Tree {
    type Output = Field;

    fn index(&self, id: FieldId) -> &Field {
        &self.fields[id.0 as usize]
    }
}

impl IndexMut<FieldId> for Tree {
    fn index_mut(&mut self, id: FieldId) -> &mut Field {
        &mut self.fields[id.0 as usize]
    }
}

impl Tree {
    pub const ROOT: PositionId = PositionId(0);

    pub fn new(root: TypeId) -> Self {
        let mut tree = Self { positions: Vec::new(), fields: Vec::new(), scopes: Scopes::default() };
        tree.add_position(Position {
            parent: None,
            ty: root,
            cases: Vec::new(),
            scope: Scopes::ROOT,
            discriminated: false,
            whole: false,
            literals: Vec::new(),
            copies: 1,
        });
        tree
    }

    pub fn field_count(&self) -> usize {
        self.fields.len()
    }

    pub fn position_count(&self) -> usize {
        self.positions.len()
    }

    pub fn add_position(&mut self, position: Position) -> PositionId {
        self.positions.push(position);
        PositionId(self.positions.len() as u32 - 1)
    }

    /// The case for `ty` at `position`, made when it is not there yet.
    pub fn case_for(&mut self, position: PositionId, ty: TypeId) -> CaseIndex {
        let cases = &mut self[position].cases;
        if let Some(index) = cases.iter().position(|case| case.ty == ty) {
            return index;
        }
        cases.push(Case { ty, fields: Vec::new(), order: None, typename: None, any_typename: None });
        cases.len() - 1
    }

    pub fn add_field(&mut self, field: Field) -> FieldId {
        let id = FieldId(self.fields.len() as u32);
        let (position, case) = (field.position, field.case);
        self.fields.push(field);
        self[position].cases[case].fields.push(id);
        id
    }

    pub fn child(&self, field: FieldId) -> Option<PositionId> {
        match self[field].kind {
            FieldKind::Selected { child, .. } => child,
            _ => None,
        }
    }

    pub fn def(&self, field: FieldId) -> Option<FieldDefId> {
        match self[field].kind {
            FieldKind::Selected { def, .. } => Some(def),
            _ => None,
        }
    }

    /// The concrete type that the field is selected on.
    pub fn owner(&self, field: FieldId) -> TypeId {
        let field = &self[field];
        self[field.position].cases[field.case].ty
    }

    /// What holds whenever the field is asked for.
    pub fn literals(&self, field: FieldId) -> Vec<Condition> {
        let mut literals = self[self[field].position].literals.clone();
        for literal in self[field].conditions.literals() {
            if !literals.contains(&literal) {
                literals.push(literal);
            }
        }
        literals
    }

    /// The planner's own `__typename` at a case.
    pub fn typename(&mut self, position: PositionId, case: CaseIndex, kind: FieldKind) -> FieldId {
        let any = matches!(kind, FieldKind::AnyTypename);
        let known = &self[position].cases[case];
        if let Some(field) = if any { known.any_typename } else { known.typename } {
            return field;
        }
        let field = self.add_field(Field {
            position,
            case,
            response_key: None,
            data_key: Arc::from(TYPENAME),
            conditions: Conditions::default(),
            kind,
        });
        let known = &mut self[position].cases[case];
        *(if any { &mut known.any_typename } else { &mut known.typename }) = Some(field);
        field
    }

    /// A key of the merged data for a field of the graph, and the scope below it.
    pub fn data_key(
        &mut self,
        position: PositionId,
        wanted: &Arc<str>,
        field: (&Graph, FieldDefId, &Arguments),
        apart: bool,
    ) -> (Arc<str>, ScopeId) {
        let (graph, def, arguments) = field;
        let (name, arguments) = (graph[def].name.clone(), arguments.text.clone());
        let signature = Signature { field: name, arguments, shape: graph[def].shape, apart };
        let scope = self[position].scope;
        self.scopes.allocate(scope, wanted, &signature)
    }

    /// The client's words for a place, for error messages.
    pub fn response_path(&self, field: FieldId) -> String {
        let mut names = Vec::new();
        let mut next = Some(field);
        while let Some(id) = next {
            let at = &self[id];
            names.push(at.response_key.as_ref().unwrap_or(&at.data_key).to_string());
            next = self[at.position].parent;
        }
        names.reverse();
        names.join(".")
    }
}
