//! The planner's own fields: keys and requirements, put into the tree next to the client's.

use std::{rc::Rc, sync::Arc};

use super::{
    CaseIndex, Field, FieldId, FieldKind, Position, PositionId, Tree, conditions::Conditions, scopes::TYPENAME,
};
use crate::plan::{
    graph::{Arguments, Graph, KeyPart, KeySelection, TypeId},
    nodes::{RepresentationField, Wrapper},
};

/// A field set at a position, in terms of the merged data.
#[derive(Debug)]
pub struct Requirement {
    /// What has to be fetched.
    pub leaves: Vec<FieldId>,
    /// How it becomes part of a representation.
    pub fields: Vec<RepresentationField>,
}

impl Tree {
    /// Puts `selection` into the tree for one case of a position. None when the type lacks one of its fields.
    pub fn require(
        &mut self,
        graph: &Graph,
        at: (PositionId, CaseIndex),
        selection: &KeySelection,
        is_key: bool,
    ) -> Option<Rc<Requirement>> {
        let mut leaves = Vec::new();
        let mut writer = Writer { graph, tree: self, leaves: &mut leaves, is_key };
        let fields = writer.parts(at, &selection.parts)?;
        Some(Rc::new(Requirement { leaves, fields }))
    }
}

struct Writer<'a> {
    graph: &'a Graph,
    tree: &'a mut Tree,
    leaves: &'a mut Vec<FieldId>,
    is_key: bool,
}

impl Writer<'_> {
    fn parts(&mut self, at: (PositionId, CaseIndex), parts: &[KeyPart]) -> Option<Vec<RepresentationField>> {
        let mut fields = Vec::with_capacity(parts.len());
        let concrete = self.tree[at.0].cases[at.1].ty;
        for part in parts {
            match part {
                KeyPart::Field { name, arguments, parts } => fields.push(self.field(at, name, (arguments, parts))?),
                KeyPart::On { types, parts } if types.contains(&concrete) => fields.extend(self.parts(at, parts)?),
                KeyPart::On { .. } => {}
            }
        }
        Some(fields)
    }

    fn field(
        &mut self,
        at: (PositionId, CaseIndex),
        name: &Arc<str>,
        content: (&Arc<Arguments>, &[KeyPart]),
    ) -> Option<RepresentationField> {
        let field = self.find_or_add(at, name, content)?;
        let fields = match self.tree.child(field) {
            Some(child) => self.children(child, content.1)?,
            None => {
                self.leaves.push(field);
                Vec::new()
            }
        };
        let data_key = self.tree[field].data_key.clone();
        let def = self.tree.def(field)?;
        let never_null = self.is_key || self.graph[def].wrappers.first() == Some(&Wrapper::NonNull);
        let types = Vec::new();
        Some(RepresentationField { data_key, name: name.clone(), is_key: self.is_key, never_null, types, fields })
    }

    /// The client's own selection serves when it is unconditional, for then it is always in the data, and when no
    /// failure of something else below it can make it null.
    fn find_or_add(
        &mut self,
        at: (PositionId, CaseIndex),
        name: &Arc<str>,
        (arguments, parts): (&Arc<Arguments>, &[KeyPart]),
    ) -> Option<FieldId> {
        let (position, case) = at;
        let wanted = self.graph.field(self.tree[position].cases[case].ty, name)?;
        let is_wanted = |id: &FieldId| {
            matches!(&self.tree[*id].kind, FieldKind::Selected { def, arguments: own, .. }
                if *def == wanted && own.text == arguments.text)
        };
        let known: Vec<FieldId> = self.tree[position].cases[case].fields.iter().copied().filter(is_wanted).collect();
        let serves = |id: &FieldId| self.tree[*id].conditions.is_always() && !self.may_fall(*id, parts);
        if let Some(own) = known.iter().copied().find(serves) {
            return Some(own);
        }
        let apart = known.iter().any(|id| self.may_fall(*id, parts));
        let (data_key, scope) = self.tree.data_key(position, name, (self.graph, wanted, arguments), apart);
        let field = self.tree.add_field(Field {
            position,
            case,
            response_key: None,
            data_key,
            conditions: Conditions::default(),
            kind: FieldKind::Selected { def: wanted, arguments: arguments.clone(), child: None },
        });
        let base = self.graph[wanted].base;
        if !self.graph.is_leaf(base) {
            let literals = self.tree[position].literals.clone();
            let below = self.tree.add_position(Position {
                parent: Some(field),
                ty: base,
                cases: Vec::new(),
                scope,
                discriminated: false,
                whole: false,
                literals,
                copies: 1,
            });
            if let FieldKind::Selected { child, .. } = &mut self.tree[field].kind {
                *child = Some(below);
            }
        }
        Some(field)
    }

    /// Whether the client selects something below the field that allows no null and is no part of what is wanted: its
    /// failure makes the whole object null, as if it were not there. Keys do not fail: they are what the object is.
    fn may_fall(&self, field: FieldId, wanted: &[KeyPart]) -> bool {
        let Some(child) = self.tree.child(field) else { return false };
        let below = self.tree[child].cases.iter().flat_map(|case| &case.fields);
        let mut clients = below.filter(|id| self.tree[**id].response_key.is_some());
        clients.any(|id| {
            let Some(def) = self.tree.def(*id) else { return false };
            let parts = part_named(wanted, &self.graph[def].name);
            self.graph[def].wrappers.first() == Some(&Wrapper::NonNull)
                && !self.is_key_field(*id)
                && parts.is_none_or(|parts| self.may_fall(*id, parts))
        })
    }

    fn is_key_field(&self, field: FieldId) -> bool {
        let (owner, Some(def)) = (self.tree.owner(field), self.tree.def(field)) else { return false };
        let locals = self.graph.graph_ids().filter_map(|subgraph| self.graph.local_type(owner, subgraph));
        let mut keys = locals.flat_map(|local| &local.keys);
        keys.any(|key| part_named(&key.parts, &self.graph[def].name).is_some())
    }

    /// Below a field: once for each type that can stand there, then said once where all types agree.
    fn children(&mut self, position: PositionId, parts: &[KeyPart]) -> Option<Vec<RepresentationField>> {
        let possible = self.graph[self.tree[position].ty].possible.clone();
        let is_abstract = self.graph.is_abstract(self.tree[position].ty);
        let mut joined: Vec<(RepresentationField, Vec<TypeId>)> = Vec::new();
        for concrete in &possible {
            let case = self.tree.case_for(position, *concrete);
            if is_abstract {
                let typename = self.tree.typename(position, case, FieldKind::Typename);
                self.leaves.push(typename);
            }
            for field in self.parts((position, case), parts)? {
                match joined.iter_mut().find(|(known, _)| *known == field) {
                    Some((_, types)) => types.push(*concrete),
                    None => joined.push((field, vec![*concrete])),
                }
            }
        }
        let mut fields: Vec<RepresentationField> = joined
            .into_iter()
            .map(|(mut field, types)| {
                if types.len() < possible.len() {
                    field.types = types.iter().map(|ty| self.graph[*ty].name.clone()).collect();
                }
                field
            })
            .collect();
        if is_abstract {
            fields.insert(0, self.typename_field());
        }
        Some(fields)
    }

    /// The receiver of a representation must know which type an abstract object is of.
    fn typename_field(&self) -> RepresentationField {
        let name: Arc<str> = Arc::from(TYPENAME);
        RepresentationField {
            data_key: name.clone(),
            name,
            is_key: self.is_key,
            never_null: true,
            types: Vec::new(),
            fields: Vec::new(),
        }
    }
}

/// What is wanted below a field; None when the field itself is not.
fn part_named<'p>(parts: &'p [KeyPart], wanted: &str) -> Option<&'p [KeyPart]> {
    parts.iter().find_map(|part| match part {
        KeyPart::Field { name, parts, .. } => (**name == *wanted).then_some(&parts[..]),
        KeyPart::On { parts, .. } => part_named(parts, wanted),
    })
}
