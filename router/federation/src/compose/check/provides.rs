//! `@provides`: external fields that this subgraph can resolve on one path.

use super::field_sets::{Kind, Walk};
use crate::compose::{
    error::ErrorCode,
    report::Report,
    subgraph::{SubgraphSchema, TypeKind},
};

const PROVIDES: Kind = Kind {
    name: "provides",
    invalid: ErrorCode::ProvidesInvalidFields,
    not_text: ErrorCode::ProvidesInvalidFieldsType,
    directive: ErrorCode::ProvidesDirectiveInFieldsArg,
    abstract_field: None,
};

pub fn check(subgraph: &SubgraphSchema, report: &mut Report) {
    for ty in subgraph.types.values() {
        for field in ty.fields.values() {
            let Some(set) = &field.provides else { continue };
            let coordinate = format!("{}.{}", ty.name, field.name);
            if ty.kind == TypeKind::Interface {
                report.at(
                    ErrorCode::ProvidesUnsupportedOnInterface,
                    subgraph,
                    field.span,
                    format!(
                        "@provides on interface field {coordinate:?} has no meaning; put it on the implementations"
                    ),
                );
                continue;
            }
            if field.external {
                report.at(
                    ErrorCode::ExternalCollisionWithAnotherDirective,
                    subgraph,
                    field.span,
                    format!(
                        "field {coordinate:?} is @external and cannot provide anything; remove @provides or @external"
                    ),
                );
                continue;
            }
            let target = subgraph.types.get(field.ty.inner_named_type());
            let Some(target) = target.filter(|target| target.is_composite()) else {
                report.at(
                    ErrorCode::ProvidesOnNonObjectField,
                    subgraph,
                    set.span,
                    format!("field {coordinate:?} is a {}, which has no fields to provide; remove @provides", field.ty),
                );
                continue;
            };
            let place = format!("field {coordinate:?}");
            let mut walk = Walk { subgraph, set, kind: PROVIDES, place, report };
            walk.run(target, &mut |walk, found| {
                let provided = format!("\"{}.{}\"", found.owner.name, found.field.name);
                if found.has_arguments {
                    let reason = format!("field {provided} has arguments; it cannot be provided");
                    walk.fault(ErrorCode::ProvidesFieldsHasArgs, &reason);
                }
                if found.is_leaf && !found.below_external && !found.field.external {
                    let reason = format!(
                        "field {provided} is resolved by this subgraph anyway; remove it, or mark it @external"
                    );
                    walk.fault(ErrorCode::ProvidesFieldsMissingExternal, &reason);
                }
            });
        }
    }
}
