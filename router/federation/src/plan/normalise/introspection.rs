//! `__schema` and `__type`: the router answers them from the API schema, under the client's own keys; only
//! their projection is planned.

use std::sync::Arc;

use apollo_compiler::{
    ast::Type,
    executable::{Selection, SelectionSet},
    schema::ExtendedType,
};

use super::{
    Input, Occurrence,
    conditions::{Conditions, Conjunction, under},
    scopes::TYPENAME,
};
use crate::plan::{
    graph::selections::shared,
    nodes::{ProjectedField, ProjectedValue, Wrapper},
};

pub(super) fn project(input: &Input<'_>, key: &Arc<str>, occurrences: &[Occurrence<'_>]) -> ProjectedField {
    let conjunctions: Vec<Conjunction> = occurrences.iter().map(|one| one.conjunction.clone()).collect();
    let definition = &occurrences[0].field.definition;
    let sets = occurrences.iter().map(|one| (&one.field.selection_set, one.conjunction.clone())).collect();
    ProjectedField {
        response_key: key.clone(),
        data_key: key.clone(),
        name: shared(&definition.name),
        types: Vec::new(),
        conditions: Conditions::any_of(conjunctions).conjunctions().to_vec(),
        wrappers: wrappers(&definition.ty),
        value: value(input, &definition.ty, sets),
    }
}

type Sets<'d> = Vec<(&'d SelectionSet, Conjunction)>;

fn value(input: &Input<'_>, ty: &Type, sets: Sets<'_>) -> ProjectedValue {
    let name = shared(ty.inner_named_type());
    match input.api.types.get(ty.inner_named_type()) {
        Some(ExtendedType::Object(_)) => {
            ProjectedValue::Object { possible_types: vec![name.clone()], fields: fields(input, &name, &sets), name }
        }
        Some(ExtendedType::Enum(definition)) => {
            ProjectedValue::Enum { name, values: definition.values.keys().map(shared).collect() }
        }
        _ => ProjectedValue::Scalar { name },
    }
}

/// Introspection types are objects without interfaces: fragments on them always apply.
fn fields(input: &Input<'_>, owner: &Arc<str>, sets: &Sets<'_>) -> Vec<ProjectedField> {
    let mut found: Vec<(Arc<str>, Vec<Occurrence<'_>>)> = Vec::new();
    for (set, conjunction) in sets {
        collect(input, set, conjunction, &mut found);
    }
    found
        .iter()
        .map(|(key, occurrences)| {
            let mut field = project(input, key, occurrences);
            if occurrences[0].field.name == TYPENAME {
                field.value = ProjectedValue::Typename { fallback: Some(owner.clone()) };
            }
            field
        })
        .collect()
}

fn collect<'d>(
    input: &Input<'d>,
    set: &'d SelectionSet,
    outer: &Conjunction,
    found: &mut Vec<(Arc<str>, Vec<Occurrence<'d>>)>,
) {
    for selection in &set.selections {
        let Some(conjunction) = under(outer, selection.directives()) else { continue };
        match selection {
            Selection::Field(field) => {
                let occurrence = Occurrence { field, conjunction, order: 0 };
                let key = field.response_key();
                match found.iter_mut().find(|(known, _)| **known == **key) {
                    Some((_, occurrences)) => occurrences.push(occurrence),
                    None => found.push((shared(key), vec![occurrence])),
                }
            }
            Selection::InlineFragment(fragment) => collect(input, &fragment.selection_set, &conjunction, found),
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = input.document.fragments.get(&spread.fragment_name) {
                    collect(input, &fragment.selection_set, &conjunction, found);
                }
            }
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
