//! `@requires`: fields of other subgraphs that this one needs to resolve its own.

use super::field_sets::{Kind, Walk};
use crate::{
    compose::{
        error::ErrorCode,
        report::Report,
        subgraph::{SubgraphSchema, TypeKind},
    },
    supergraph::{Draft, FieldSelection, TypeModel},
};

const REQUIRES: Kind = Kind {
    name: "requires",
    invalid: ErrorCode::RequiresInvalidFields,
    not_text: ErrorCode::RequiresInvalidFieldsType,
    directive: ErrorCode::RequiresDirectiveInFieldsArg,
    abstract_field: None,
};

pub fn check(subgraph: &SubgraphSchema, report: &mut Report) {
    for ty in subgraph.types.values() {
        for field in ty.fields.values() {
            let Some(set) = &field.requires else { continue };
            let coordinate = format!("{}.{}", ty.name, field.name);
            if ty.kind == TypeKind::Interface {
                report.at(
                    ErrorCode::RequiresUnsupportedOnInterface,
                    subgraph,
                    field.span,
                    format!(
                        "@requires on interface field {coordinate:?} has no meaning; put it on the implementations"
                    ),
                );
            }
            let place = format!("field {coordinate:?}");
            let mut walk = Walk { subgraph, set, kind: REQUIRES, place, report };
            walk.run(ty, &mut |walk, found| {
                if found.is_leaf && !found.below_external && !found.field.external {
                    let reason = format!(
                        "field \"{}.{}\" is resolved by this subgraph itself; remove it, or mark it @external if it is not",
                        found.owner.name, found.field.name
                    );
                    walk.fault(ErrorCode::RequiresFieldsMissingExternal, &reason);
                }
            });
        }
    }
}

/// The merged field may have lost an argument that the field set gives, or gained one that it must give.
pub fn check_merged(subgraphs: &[SubgraphSchema], draft: &Draft, report: &mut Report) {
    for subgraph in subgraphs {
        for ty in subgraph.types.values() {
            for (field, set) in ty.fields.values().filter_map(|field| Some((field, field.requires.as_ref()?))) {
                let merged = draft.types.get(&ty.name);
                let fault = merged.and_then(|merged| argument_fault(draft, merged, set.selections()));
                if let Some(reason) = fault {
                    let message =
                        format!("on field \"{}.{}\", @requires(fields: {:?}): {reason}", ty.name, field.name, set.text);
                    report.at(ErrorCode::RequiresInvalidFields, subgraph, set.span, message);
                }
            }
        }
    }
}

fn argument_fault(draft: &Draft, ty: &TypeModel, selections: &[FieldSelection]) -> Option<String> {
    selections.iter().find_map(|selection| match selection {
        FieldSelection::Field { name, arguments, selections } => {
            let field = ty.fields.get(name)?;
            let coordinate = format!("{}.{name}", ty.name);
            for (given, _) in arguments {
                if !field.arguments.iter().any(|argument| argument.name == *given) {
                    return Some(format!("not every subgraph gives field {coordinate:?} the argument {given:?}"));
                }
            }
            for needed in field.arguments.iter().filter(|argument| argument.is_required()) {
                if !arguments.iter().any(|(given, _)| *given == needed.name) {
                    let hint = "which a subgraph requires; give it a value";
                    return Some(format!("field {coordinate:?} has the argument {:?}, {hint}", needed.name));
                }
            }
            argument_fault(draft, draft.types.get(field.ty.inner_named_type())?, selections)
        }
        FieldSelection::Inline { on, selections } => {
            let target = on.as_ref().map_or(Some(ty), |on| draft.types.get(on))?;
            argument_fault(draft, target, selections)
        }
    })
}
