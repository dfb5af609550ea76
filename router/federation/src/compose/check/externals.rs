//! `@external`: where it may stand, and that it is there for something.

use crate::compose::{
    error::ErrorCode,
    report::Report,
    subgraph::{FieldDef, SubgraphSchema, TypeDef, TypeKind},
    usage::{Usage, is_interface_field},
};

pub fn check(subgraph: &SubgraphSchema, report: &mut Report) {
    let usage = Usage::of(subgraph);
    for ty in subgraph.types.values() {
        for field in ty.fields.values().filter(|field| field.external) {
            check_field(subgraph, &usage, (ty, field), report);
        }
    }
}

fn check_field(subgraph: &SubgraphSchema, usage: &Usage, (ty, field): (&TypeDef, &FieldDef), report: &mut Report) {
    let coordinate = format!("{}.{}", ty.name, field.name);
    if ty.kind == TypeKind::Interface {
        report.at(
            ErrorCode::ExternalOnInterface,
            subgraph,
            field.span,
            format!("interface field {coordinate:?} cannot be @external; mark the fields of the implementations"),
        );
    }
    let is_used = usage.names(&ty.name, &field.name) || is_interface_field(subgraph, ty, &field.name);
    if !is_used {
        report.at(
            ErrorCode::ExternalUnused,
            subgraph,
            field.span,
            format!(
                "field {coordinate:?} is @external and no @key, @requires, @provides or interface needs it; remove it"
            ),
        );
    }
}

/// What reaches the supergraph from a field that is not resolved here would say something of another subgraph's.
pub fn check_applied(subgraphs: &[SubgraphSchema], report: &mut Report) {
    for subgraph in subgraphs {
        for ty in subgraph.types.values() {
            for field in ty.fields.values().filter(|field| field.external) {
                for directive in &field.applied {
                    report.at(
                        ErrorCode::MergedDirectiveApplicationOnExternal,
                        subgraph,
                        directive.location().or(field.span),
                        format!(
                            "@{} on the @external field \"{}.{}\"; put it where the field is resolved",
                            directive.name, ty.name, field.name
                        ),
                    );
                }
            }
        }
    }
}
