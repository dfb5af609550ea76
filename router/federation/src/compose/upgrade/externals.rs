//! External fields that nothing names: Federation 1 let them stand, Federation 2 does not.

use apollo_compiler::Name;

use crate::compose::{
    error::ErrorCode,
    report::Report,
    subgraph::{SubgraphSchema, TypeDef, TypeKind},
    usage::{Usage, is_interface_field},
};

/// Drops external fields that nothing names, and types that are left without a field.
pub(super) fn drop_unused(subgraph: &mut SubgraphSchema, report: &mut Report) {
    let usage = Usage::of(subgraph);
    let mut unused: Vec<(Name, Name)> = Vec::new();
    for ty in subgraph.types.values() {
        for field in ty.fields.values().filter(|field| field.external) {
            if !usage.names(&ty.name, &field.name) && !is_interface_field(subgraph, ty, &field.name) {
                unused.push((ty.name.clone(), field.name.clone()));
            }
        }
    }
    for (ty, field) in unused {
        if let Some(ty) = subgraph.types.get_mut(&ty) {
            ty.fields.shift_remove(&field);
        }
    }
    let is_empty = |ty: &TypeDef| ty.kind == TypeKind::Object && ty.fields.is_empty() && ty.name != "Query";
    for ty in subgraph.types.values().filter(|ty| is_empty(ty) && is_referenced(subgraph, &ty.name)) {
        report.at(
            ErrorCode::TypeWithOnlyUnusedExternal,
            subgraph,
            ty.span,
            format!(
                "type {:?} has only @external fields, which no @key, @requires or @provides names; remove the type and \
                 what refers to it, or resolve a field of it here",
                ty.name
            ),
        );
    }
    subgraph.types.retain(|_, ty| !is_empty(ty));
}

fn is_referenced(subgraph: &SubgraphSchema, name: &Name) -> bool {
    subgraph
        .types
        .values()
        .any(|ty| ty.members.contains(name) || ty.fields.values().any(|field| field.ty.inner_named_type() == name))
}
