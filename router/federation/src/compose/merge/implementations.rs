//! Interfaces and what implements them, once both are merged.

use apollo_compiler::ast;

use super::Merged;
use crate::compose::{error::ErrorCode, report::Report, subgraph::SubgraphSchema};

/// A type that implements an interface in one subgraph implements it for everyone: it needs every field that any
/// subgraph gives the interface.
pub fn check(subgraphs: &[SubgraphSchema], merged: &Merged, report: &mut Report) {
    for definition in merged.types.values() {
        let (name, interfaces, fields) = match definition {
            ast::Definition::ObjectTypeDefinition(ty) => (&ty.name, &ty.implements_interfaces, &ty.fields),
            ast::Definition::InterfaceTypeDefinition(ty) => (&ty.name, &ty.implements_interfaces, &ty.fields),
            _ => continue,
        };
        for interface in interfaces {
            let Some(ast::Definition::InterfaceTypeDefinition(interface)) = merged.types.get(interface) else {
                continue;
            };
            for missing in interface.fields.iter().filter(|wanted| !fields.iter().any(|has| has.name == wanted.name)) {
                let declared = called(subgraphs, |subgraph| {
                    subgraph.types.get(&interface.name).is_some_and(|found| found.fields.contains_key(&missing.name))
                });
                let implemented = called(subgraphs, |subgraph| {
                    subgraph.types.get(name).is_some_and(|found| found.interfaces.contains(&interface.name))
                });
                report.about(
                    ErrorCode::InterfaceFieldNoImplem,
                    name.as_str(),
                    format!(
                        "field \"{}.{}\" is declared in {declared}, but type {name:?}, which implements the interface in \
                         {implemented}, does not have it in any subgraph; add it there",
                        interface.name, missing.name
                    ),
                );
            }
        }
    }
}

/// The subgraphs of which something is true, for messages.
fn called(subgraphs: &[SubgraphSchema], is_so: impl Fn(&SubgraphSchema) -> bool) -> String {
    let list: Vec<String> = subgraphs
        .iter()
        .filter(|subgraph| is_so(subgraph))
        .map(|subgraph| format!("subgraph {:?}", subgraph.name))
        .collect();
    list.join(", ")
}
