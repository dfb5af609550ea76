//! `extend type`: where the key fields of a type that another subgraph began are marked `@external`, out of habit.

use apollo_compiler::{
    Name,
    collections::{IndexMap, IndexSet},
};

use crate::{
    compose::{
        error::ErrorCode,
        report::Report,
        spec::Version,
        subgraph::{SubgraphSchema, TypeDef, TypeKind},
    },
    supergraph::FieldSelection,
};

/// In Federation 2 too, the key fields of an extension are its own, whatever their mark says.
pub fn own_keys(subgraph: &mut SubgraphSchema) {
    for (ty, field) in owned_by_keys(subgraph) {
        if let Some(field) = subgraph.types.get_mut(&ty).and_then(|ty| ty.fields.get_mut(&field)) {
            field.external = false;
        }
    }
}

/// Every field that a key of an extension names, at any depth.
pub(super) fn owned_by_keys(subgraph: &SubgraphSchema) -> IndexSet<(Name, Name)> {
    let mut own = IndexSet::default();
    for ty in subgraph.types.values() {
        for key in ty.keys.iter().filter(|key| key.of_extension || ty.extends) {
            collect(subgraph, ty, key.fields.selections(), &mut own);
        }
    }
    own
}

fn collect(subgraph: &SubgraphSchema, ty: &TypeDef, selections: &[FieldSelection], into: &mut IndexSet<(Name, Name)>) {
    for selection in selections {
        let FieldSelection::Field { name, selections, .. } = selection else { continue };
        let Some(field) = ty.fields.get(name) else { continue };
        into.insert((ty.name.clone(), name.clone()));
        if let Some(target) = subgraph.types.get(field.ty.inner_named_type()) {
            collect(subgraph, target, selections, into);
        }
    }
}

fn is_root(name: &str) -> bool {
    matches!(name, "Query" | "Mutation" | "Subscription")
}

fn is_composite(ty: &TypeDef) -> bool {
    matches!(ty.kind, TypeKind::Object | TypeKind::Interface)
}

/// What is extended must be defined by another subgraph.
pub(super) fn check_bases(subgraphs: &[SubgraphSchema], report: &mut Report) {
    for subgraph in subgraphs.iter().filter(|subgraph| subgraph.version == Version::One) {
        for ty in subgraph.types.values().filter(|ty| is_composite(ty) && ty.is_extension() && !is_root(&ty.name)) {
            let is_defined_by = |other: &SubgraphSchema| {
                other.name != subgraph.name
                    && other.types.get(&ty.name).is_some_and(|ty| ty.is_defined && is_composite(ty))
            };
            if !subgraphs.iter().any(is_defined_by) {
                report.at(
                    ErrorCode::ExtensionWithNoBase,
                    subgraph,
                    ty.span,
                    format!("type {:?} is only ever extended; define it in one subgraph, without `extend`", ty.name),
                );
            }
        }
    }
}

/// The top-level fields of each type's first key, by type name and the index of the subgraph.
pub(super) type FirstKeys = IndexMap<Name, Vec<(usize, IndexSet<Name>)>>;

pub(super) fn first_keys(subgraphs: &[SubgraphSchema]) -> FirstKeys {
    let mut keys: FirstKeys = IndexMap::default();
    for (at, subgraph) in subgraphs.iter().enumerate() {
        for ty in subgraph.types.values() {
            if let Some(key) = ty.keys.first() {
                keys.entry(ty.name.clone()).or_default().push((at, top_level(key.fields.selections())));
            }
        }
    }
    keys
}

fn top_level(selections: &[FieldSelection]) -> IndexSet<Name> {
    selections
        .iter()
        .filter_map(|selection| match selection {
            FieldSelection::Field { name, .. } => Some(name.clone()),
            FieldSelection::Inline { .. } => None,
        })
        .collect()
}

/// Extensions become definitions; their key fields (or, without a key, those of the type's key elsewhere) are
/// their own.
pub(super) fn fold_in(at: usize, subgraph: &mut SubgraphSchema, first_keys: &FirstKeys) {
    for ty in subgraph.types.values_mut() {
        if ty.is_extension() && matches!(ty.kind, TypeKind::Object | TypeKind::Interface) {
            let mut own: IndexSet<Name> = ty.keys.iter().flat_map(|key| top_level(key.fields.selections())).collect();
            if ty.keys.is_empty() {
                let elsewhere = first_keys.get(&ty.name).into_iter().flatten().filter(|(other, _)| *other != at);
                own.extend(elsewhere.flat_map(|(_, fields)| fields.iter().cloned()));
            }
            for field in ty.fields.values_mut().filter(|field| own.contains(&field.name)) {
                field.external = false;
            }
            ty.is_defined = true;
        }
        for key in &mut ty.keys {
            key.of_extension = false;
        }
    }
}
