//! `@requires`: fields of other subgraphs that this one needs to resolve its own.

use super::field_sets::{Kind, Walk, is_external};
use crate::compose::{
    error::ErrorCode,
    report::Report,
    spec::Version,
    subgraph::{SubgraphSchema, TypeKind},
};

const REQUIRES: Kind = Kind {
    name: "requires",
    invalid: ErrorCode::RequiresInvalidFields,
    not_text: ErrorCode::RequiresInvalidFieldsType,
    directive: ErrorCode::RequiresDirectiveInFieldsArg,
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
                let is_own = found.is_leaf && !found.below_external && !is_external(subgraph, found.owner, found.field);
                if is_own && subgraph.version != Version::One {
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
