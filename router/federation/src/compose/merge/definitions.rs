//! Directive definitions that reach the supergraph: those asked for with `@composeDirective`, and executable ones
//! that every subgraph knows.

use std::collections::BTreeMap;

use apollo_compiler::{Name, ast};

use crate::compose::{error::ErrorCode, report::Report, subgraph::SubgraphSchema};

/// Composed directives by name; a name that its subgraph does not define is reported.
pub(super) fn composed(subgraphs: &[SubgraphSchema], report: &mut Report) -> BTreeMap<Name, ast::Definition> {
    let mut found = BTreeMap::new();
    for subgraph in subgraphs {
        for (name, span) in &subgraph.composed {
            let Some(definition) = subgraph.directives.get(name) else {
                report.at(
                    ErrorCode::DirectiveCompositionError,
                    subgraph,
                    *span,
                    format!("@composeDirective names @{name}, which this subgraph does not define; define it"),
                );
                continue;
            };
            let is_linked = subgraph.links.iter().any(|link| {
                link.spec == name.as_str()
                    || link.imports.iter().any(|(_, local)| local.trim_start_matches('@') == name.as_str())
                    || name.as_str().split_once("__").is_some_and(|(prefix, _)| prefix == link.prefix)
            });
            if is_linked {
                found.entry(name.clone()).or_insert_with(|| ast::Definition::DirectiveDefinition(definition.clone()));
            } else {
                report.at(
                    ErrorCode::DirectiveCompositionError,
                    subgraph,
                    *span,
                    format!("@composeDirective names @{name}, which comes from no @link; @link its specification"),
                );
            }
        }
    }
    found
}

/// Executable directives that all subgraphs define, for the places that all of them allow.
pub(super) fn executable(subgraphs: &[SubgraphSchema]) -> Vec<ast::Definition> {
    let Some((first, others)) = subgraphs.split_first() else { return Vec::new() };
    let mut kept: BTreeMap<&Name, ast::Definition> = BTreeMap::new();
    for (name, definition) in &first.directives {
        let mut merged = (**definition).clone();
        merged.locations.retain(|location| is_executable(*location));
        let in_all = others.iter().all(|subgraph| {
            subgraph.directives.get(name).is_some_and(|other| {
                merged.locations.retain(|location| other.locations.contains(location));
                merged.repeatable &= other.repeatable;
                merged.arguments == other.arguments
            })
        });
        if in_all && !merged.locations.is_empty() {
            kept.insert(name, ast::Definition::DirectiveDefinition(merged.into()));
        }
    }
    kept.into_values().collect()
}

fn is_executable(location: ast::DirectiveLocation) -> bool {
    use ast::DirectiveLocation as L;
    matches!(
        location,
        L::Query
            | L::Mutation
            | L::Subscription
            | L::Field
            | L::FragmentDefinition
            | L::FragmentSpread
            | L::InlineFragment
            | L::VariableDefinition
    )
}
