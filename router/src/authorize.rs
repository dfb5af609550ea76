//! Stage 4: what the caller may not read is taken out of the operation before it is planned, so that no subgraph
//! is ever asked for it. A stand-in keeps its place, and the answer has null and an error there.

use std::{collections::HashMap, sync::Arc};

use apollo_compiler::{
    ExecutableDocument, Name, Node,
    ast::Type,
    executable::{Field, InlineFragment, Selection, SelectionSet},
    validation::Valid,
};
use federation::{
    plan::nodes::Wrapper,
    supergraph::{AnyOf, Authorization, TypeKind},
};

use crate::{
    auth::Caller,
    errors::{Code, GraphqlError},
    execute::Denied,
    parse::Document,
    supergraph::Core,
};

/// What one or more fields of a document ask of the caller.
pub(crate) type Requirement = Authorization;

/// For each requirement of a document, whether the caller fulfils it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Permit(Vec<bool>);

impl Permit {
    pub(crate) fn is_full(&self) -> bool {
        self.0.iter().all(|granted| *granted)
    }
}

/// Everything that a document's fields ask for, each different requirement once.
pub(crate) fn requirements(core: &Core, document: &ExecutableDocument) -> Vec<Requirement> {
    if !core.is_guarded {
        return Vec::new();
    }
    let mut found = Vec::new();
    let sets = document.operations.iter().map(|operation| &operation.selection_set);
    for set in sets.chain(document.fragments.values().map(|fragment| &fragment.selection_set)) {
        collect(core, set, &mut found);
    }
    found
}

fn collect(core: &Core, set: &SelectionSet, found: &mut Vec<Requirement>) {
    for selection in &set.selections {
        match selection {
            Selection::Field(field) => {
                for parent in std::iter::once(&set.ty).chain(implementations(core, &set.ty)) {
                    let requirement = requirement_of(core, parent, field);
                    if !requirement.is_open() && !found.contains(&requirement) {
                        found.push(requirement);
                    }
                }
                collect(core, &field.selection_set, found);
            }
            Selection::InlineFragment(inline) => collect(core, &inline.selection_set, found),
            Selection::FragmentSpread(_) => {}
        }
    }
}

/// The concrete types behind an interface.
fn implementations<'a>(core: &'a Core, ty: &str) -> impl Iterator<Item = &'a Name> {
    let model = core.supergraph.type_model(ty).filter(|model| model.kind == TypeKind::Interface);
    let visible = |name: &&Name| core.schema().types.contains_key(*name);
    model.into_iter().flat_map(|model| &model.possible_types).filter(visible)
}

/// The field's own demand, that of the type it is on, and that of the type it gives.
fn requirement_of(core: &Core, parent: &str, field: &Field) -> Requirement {
    let mut requirement = Requirement::default();
    if field.name.starts_with("__") {
        return requirement;
    }
    let supergraph = &core.supergraph;
    let gives = supergraph.type_model(field.definition.ty.inner_named_type());
    for model in supergraph.type_model(parent).into_iter().chain(gives) {
        requirement.require(&model.authorization);
    }
    if let Some(model) = supergraph.field(parent, &field.name) {
        requirement.require(&model.authorization);
    }
    requirement
}

/// Holds the document's requirements against the caller.
pub(crate) fn permit(document: &Document, caller: &Caller) -> Permit {
    Permit(document.requirements.iter().map(|requirement| is_granted(requirement, caller)).collect())
}

fn is_granted(requirement: &Requirement, caller: &Caller) -> bool {
    let holds = |any: &AnyOf| any.iter().any(|group| group.iter().all(|scope| caller.has_scope(scope)));
    (requirement.is_open() || caller.is_authenticated())
        && requirement.scopes.iter().all(holds)
        // Nothing here can evaluate a policy, so none is ever granted.
        && requirement.policies.is_empty()
}

/// The operation without what is denied, and what the stand-ins stand for, by their response key.
pub(crate) struct Reduced {
    pub(crate) document: Valid<ExecutableDocument>,
    pub(crate) denied: HashMap<String, Denied>,
}

/// Takes denied fields out.
pub(crate) fn reduce(core: &Core, document: &Document, permit: &Permit, caller_is_known: bool) -> Reduced {
    let mut reducer =
        Reducer { core, document, permit, caller_is_known, denied: HashMap::new(), stand_ins: HashMap::new() };
    let mut reduced = document.executable.clone().into_inner();
    let names: Vec<Option<Name>> = reduced.operations.iter().map(|operation| operation.name.clone()).collect();
    for name in names {
        if let Ok(operation) = reduced.operations.get_mut(name.as_deref()) {
            operation.selection_set = reducer.set(&operation.selection_set);
        }
    }
    for fragment in reduced.fragments.values_mut() {
        let set = reducer.set(&fragment.selection_set);
        fragment.make_mut().selection_set = set;
    }
    // A stand-in is a `__typename`, which fits everywhere.
    Reduced { document: Valid::assume_valid(reduced), denied: reducer.denied }
}

struct Reducer<'a> {
    core: &'a Core,
    document: &'a Document,
    permit: &'a Permit,
    caller_is_known: bool,
    denied: HashMap<String, Denied>,
    /// Equal fields at one place must merge, so equal fields share a stand-in.
    stand_ins: HashMap<(Name, Name, Type), Name>,
}

impl Reducer<'_> {
    fn set(&mut self, set: &SelectionSet) -> SelectionSet {
        let mut selections = Vec::with_capacity(set.selections.len());
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => self.field(&set.ty, field, &mut selections),
                Selection::InlineFragment(inline) => {
                    let mut inline = inline.clone();
                    let reduced = self.set(&inline.selection_set);
                    inline.make_mut().selection_set = reduced;
                    selections.push(Selection::InlineFragment(inline));
                }
                Selection::FragmentSpread(spread) => selections.push(Selection::FragmentSpread(spread.clone())),
            }
        }
        SelectionSet { ty: set.ty.clone(), selections }
    }

    fn field(&mut self, parent: &Name, field: &Node<Field>, out: &mut Vec<Selection>) {
        if !self.is_granted(parent, field) {
            out.extend(self.stand_in(parent, field));
            return;
        }
        let mut kept = field.clone();
        if !field.selection_set.is_empty() {
            let reduced = self.set(&field.selection_set);
            kept.make_mut().selection_set = reduced;
        }
        let types: Vec<&Name> = implementations(self.core, parent).collect();
        if types.iter().all(|ty| self.is_granted(ty, field)) {
            out.push(Selection::Field(kept));
            return;
        }
        // Denied on some types of the interface only: a fragment for each.
        for ty in types {
            let selection = if self.is_granted(ty, field) {
                Some(Selection::Field(kept.clone()))
            } else {
                self.stand_in(ty, field)
            };
            let mut inline = InlineFragment::with_type_condition(ty.clone());
            inline.selection_set.selections.extend(selection);
            out.push(Selection::InlineFragment(inline.into()));
        }
    }

    fn is_granted(&self, parent: &str, field: &Field) -> bool {
        let requirement = requirement_of(self.core, parent, field);
        requirement.is_open()
            || self
                .document
                .requirements
                .iter()
                .zip(&self.permit.0)
                .any(|(known, granted)| *known == requirement && *granted)
    }

    fn stand_in(&mut self, parent: &Name, field: &Field) -> Option<Selection> {
        let identity = (field.response_key().clone(), field.name.clone(), field.definition.ty.clone());
        let alias = match self.stand_ins.get(&identity) {
            Some(alias) => alias.clone(),
            None => {
                let alias = Name::new(&format!("__denied{}", self.stand_ins.len())).ok()?;
                self.denied.insert(alias.to_string(), self.denial(field));
                self.stand_ins.insert(identity, alias.clone());
                alias
            }
        };
        let definition = self.core.schema().type_field(parent, "__typename").ok()?;
        let typename = Field {
            definition: definition.node.clone(),
            alias: Some(alias),
            name: definition.name.clone(),
            arguments: Vec::new(),
            directives: field.directives.clone(),
            selection_set: SelectionSet::new(definition.ty.inner_named_type().clone()),
        };
        Some(Selection::Field(typename.into()))
    }

    fn denial(&self, field: &Field) -> Denied {
        let error = if self.caller_is_known {
            GraphqlError::new(Code::Forbidden, format!("you may not use {}", field.name))
        } else {
            GraphqlError::new(Code::Unauthenticated, format!("sign in to use {}", field.name))
        };
        Denied {
            response_key: field.response_key().as_str().into(),
            name: field.name.as_str().into(),
            wrappers: wrappers(&field.definition.ty),
            error,
        }
    }
}

fn wrappers(ty: &Type) -> Vec<Wrapper> {
    match ty {
        Type::Named(_) => Vec::new(),
        Type::NonNullNamed(_) => vec![Wrapper::NonNull],
        Type::List(inner) => [vec![Wrapper::List], wrappers(inner)].concat(),
        Type::NonNullList(inner) => [vec![Wrapper::NonNull, Wrapper::List], wrappers(inner)].concat(),
    }
}

/// The first denied field of a reduced document's operation root, for operations that cannot run without it.
pub(crate) fn denied_root(reduced: &Reduced, name: Option<&str>) -> Option<Arc<Denied>> {
    let operation = reduced.document.operations.get(name).ok()?;
    operation
        .root_fields(&reduced.document)
        .find_map(|field| reduced.denied.get(field.response_key().as_str()).cloned().map(Arc::new))
}

#[cfg(test)]
#[path = "authorize_tests.rs"]
mod tests;
