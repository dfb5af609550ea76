//! Federation 1 schemas are rewritten to mean the same under Federation 2 rules.
//!
//! Federation 1 had no `@shareable` (what several subgraphs define is shared), kept `@external` on whatever
//! another subgraph owned whether it was used or not, ignored requirements and provisions of its own fields, and
//! gave `@key` and `@external` no meaning on interfaces.

mod extensions;
mod externals;
mod field_sets;
mod sharing;

pub use extensions::own_keys;

use super::{
    error::ErrorCode,
    report::Report,
    spec::Version,
    subgraph::{SubgraphSchema, TypeKind},
};

/// Rewrites every Federation 1 schema. Faults go to `report`.
pub fn upgrade(subgraphs: &mut [SubgraphSchema], report: &mut Report) {
    if subgraphs.iter().all(|subgraph| subgraph.version != Version::One) {
        return;
    }
    extensions::check_bases(subgraphs, report);
    check_interface_keys(subgraphs, report);
    let before = sharing::Before::of(subgraphs);
    let first_keys = extensions::first_keys(subgraphs);
    for (at, subgraph) in subgraphs.iter_mut().enumerate().filter(|(_, subgraph)| subgraph.version == Version::One) {
        drop_interface_externals(subgraph);
        extensions::fold_in(at, subgraph, &first_keys);
        field_sets::drop_idle(subgraph);
        drop_interface_keys(subgraph);
        externals::drop_unused(subgraph, report);
        sharing::share(at, subgraph, &before);
        sharing::drop_repeated_tags(at, subgraph, &before);
    }
}

/// A Federation 1 interface with a key promises nothing, while an interface object relies on such a promise.
fn check_interface_keys(subgraphs: &[SubgraphSchema], report: &mut Report) {
    for subgraph in subgraphs.iter().filter(|subgraph| subgraph.version == Version::One) {
        for ty in subgraph.types.values().filter(|ty| ty.kind == TypeKind::Interface && !ty.keys.is_empty()) {
            let is_object =
                |other: &&SubgraphSchema| other.types.get(&ty.name).is_some_and(|ty| ty.is_interface_object);
            let Some(object) = subgraphs.iter().find(is_object) else { continue };
            report.at(
                ErrorCode::InterfaceObjectUsageError,
                subgraph,
                ty.span,
                format!(
                    "{:?} is an interface object in subgraph {:?}, which needs subgraphs that answer for the interface; a \
                     @key on an interface does not say that in Federation 1: link Federation 2 here, or remove it",
                    ty.name, object.name
                ),
            );
        }
    }
}

fn drop_interface_externals(subgraph: &mut SubgraphSchema) {
    let interfaces = subgraph.types.values_mut().filter(|ty| ty.kind == TypeKind::Interface);
    for field in interfaces.flat_map(|ty| ty.fields.values_mut()) {
        field.external = false;
    }
}

fn drop_interface_keys(subgraph: &mut SubgraphSchema) {
    for ty in subgraph.types.values_mut().filter(|ty| ty.kind == TypeKind::Interface) {
        ty.keys.clear();
        for field in ty.fields.values_mut() {
            field.requires = None;
            field.provides = None;
        }
    }
}
