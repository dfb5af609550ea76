//! `@interfaceObject`: an object type that stands for an interface of other subgraphs.

use std::collections::BTreeMap;

use apollo_compiler::Name;

use crate::compose::{
    error::ErrorCode,
    merge::Sources,
    report::Report,
    subgraph::{SubgraphSchema, TypeKind},
};

pub fn check(subgraph: &SubgraphSchema, report: &mut Report) {
    for ty in subgraph.types.values().filter(|ty| ty.is_interface_object && ty.keys.is_empty()) {
        report.at(
            ErrorCode::InterfaceObjectUsageError,
            subgraph,
            ty.span,
            format!(
                "the interface object {:?} has no @key; without one it cannot be joined with the interface",
                ty.name
            ),
        );
    }
}

/// Where an interface is an object, its implementations must not be known: a subgraph cannot see it as both.
pub fn check_together(subgraphs: &[SubgraphSchema], types: &BTreeMap<Name, Sources<'_>>, report: &mut Report) {
    for (name, sources) in types {
        for (at, _) in sources.iter().filter(|(_, ty)| ty.is_interface_object) {
            let subgraph = &subgraphs[*at];
            let known = types.iter().filter(|(other, of)| {
                subgraph.types.contains_key(*other)
                    && of.iter().any(|(_, ty)| ty.kind == TypeKind::Object && ty.interfaces.contains(name))
            });
            for (implementation, _) in known {
                report.at(
                    ErrorCode::InterfaceObjectUsageError,
                    subgraph,
                    subgraph.types.get(implementation).and_then(|ty| ty.span),
                    format!(
                        "{name:?} is an interface object here, so its implementation {implementation:?} cannot be \
                         defined here as well; move the fields to {name:?} or to another subgraph"
                    ),
                );
            }
        }
    }
}
