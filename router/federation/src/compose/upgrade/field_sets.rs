//! Requirements and provisions of Federation 1 could name a subgraph's own fields, which asks for nothing.

use apollo_compiler::Name;

use crate::{
    compose::subgraph::{FieldDef, FieldSetText, InputDef, SubgraphSchema, TypeDef, TypeKind},
    supergraph::{FieldSelection, field_set},
};

/// Takes what is not external out of every `@requires` and `@provides`, and drops those with nothing left.
pub(super) fn drop_idle(subgraph: &mut SubgraphSchema) {
    let mut changed: Vec<(Name, Name, Option<FieldSetText>, Option<FieldSetText>)> = Vec::new();
    for ty in subgraph.types.values() {
        for field in ty.fields.values().filter(|field| field.requires.is_some() || field.provides.is_some()) {
            let target = subgraph.types.get(field.ty.inner_named_type()).filter(|target| target.is_composite());
            let requires = field.requires.as_ref().and_then(|set| active(subgraph, ty, set));
            // Nothing can be provided of a scalar.
            let provides = target.and_then(|target| active(subgraph, target, field.provides.as_ref()?));
            changed.push((ty.name.clone(), field.name.clone(), requires, provides));
        }
    }
    for (ty, field, requires, provides) in changed {
        if let Some(field) = subgraph.types.get_mut(&ty).and_then(|ty| ty.fields.get_mut(&field)) {
            field.requires = requires;
            field.provides = provides;
        }
    }
}

/// The part of a field set that asks for something. A faulty one is left to be reported.
fn active(subgraph: &SubgraphSchema, on: &TypeDef, set: &FieldSetText) -> Option<FieldSetText> {
    let (Ok(selections), None) = (&set.parsed, &set.directive) else { return Some(set.clone()) };
    let Some(kept) = external_part(subgraph, on, selections) else { return Some(set.clone()) };
    if kept == *selections {
        return Some(set.clone());
    }
    let (text, span) = (field_set::print(&kept), set.span);
    (!kept.is_empty()).then(|| FieldSetText { text, span, directive: None, parsed: Ok(kept) })
}

/// None: the selection names what does not exist, or leaves out an argument.
fn external_part(
    subgraph: &SubgraphSchema,
    on: &TypeDef,
    selections: &[FieldSelection],
) -> Option<Vec<FieldSelection>> {
    let mut kept = Vec::new();
    for selection in selections {
        match selection {
            FieldSelection::Field { name, .. } if name == "__typename" => {}
            FieldSelection::Field { name, arguments, selections } => {
                let field = on.fields.get(name)?;
                let is_given = |argument: &InputDef| arguments.iter().any(|(given, _)| *given == argument.name);
                if field.arguments.values().any(|argument| argument.is_required() && !is_given(argument)) {
                    return None;
                }
                if is_external(subgraph, on, field) {
                    kept.push(selection.clone());
                } else if !selections.is_empty() {
                    let target = subgraph.types.get(field.ty.inner_named_type())?;
                    let selections = external_part(subgraph, target, selections)?;
                    if !selections.is_empty() {
                        let (name, arguments) = (name.clone(), arguments.clone());
                        kept.push(FieldSelection::Field { name, arguments, selections });
                    }
                }
            }
            FieldSelection::Inline { on: condition, selections } => {
                let target = condition.as_ref().map_or(Some(on), |name| subgraph.types.get(name))?;
                let selections = external_part(subgraph, target, selections)?;
                if !selections.is_empty() {
                    kept.push(FieldSelection::Inline { on: condition.clone(), selections });
                }
            }
        }
    }
    Some(kept)
}

fn is_external(subgraph: &SubgraphSchema, owner: &TypeDef, field: &FieldDef) -> bool {
    let in_implementation =
        |implementation: &&TypeDef| implementation.fields.get(&field.name).is_some_and(|field| field.external);
    field.external
        || (owner.kind == TypeKind::Interface && subgraph.possible_types(&owner.name).iter().any(in_implementation))
}
