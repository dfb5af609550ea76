//! The checks that tell subgraph authors what to change: each subgraph alone, all subgraphs together, and the
//! supergraph as a whole. A file a rule.

mod authorization;
mod costs;
mod externals;
mod field_sets;
mod inaccessible;
mod interface_objects;
mod keys;
mod links;
mod overrides;
mod provides;
mod requires;
mod satisfiability;
mod sharing;
mod values;

use std::collections::BTreeMap;

use apollo_compiler::Name;

use super::{error::ErrorCode, merge::Sources, report::Report, subgraph::SubgraphSchema, usage::Usage};
use crate::supergraph::Draft;

pub use inaccessible::check as inaccessible;
pub use links::check as links;
pub use overrides::check as overrides;
pub use satisfiability::check as satisfiability;

/// What a subgraph must get right on its own.
pub fn subgraph(subgraph: &SubgraphSchema, report: &mut Report) {
    keys::check(subgraph, report);
    requires::check(subgraph, report);
    provides::check(subgraph, report);
    externals::check(subgraph, report);
    interface_objects::check(subgraph, report);
    sharing::check_usage(subgraph, report);
    authorization::check_interfaces(subgraph, report);
    costs::check(subgraph, report);
}

/// What subgraphs must agree on, beyond what merging reports.
pub fn together(
    subgraphs: &[SubgraphSchema],
    usages: &[Usage],
    types: &BTreeMap<Name, Sources<'_>>,
    report: &mut Report,
) {
    check_queries(types, report);
    externals::check_applied(subgraphs, report);
    sharing::check(subgraphs, usages, types, report);
    keys::check_implementations(subgraphs, types, report);
    interface_objects::check_together(subgraphs, types, report);
}

/// What a `@requires` asks of the merged fields.
pub fn requirements(subgraphs: &[SubgraphSchema], draft: &Draft, report: &mut Report) {
    requires::check_merged(subgraphs, draft, report);
    authorization::check_requirements(draft, report);
}

fn check_queries(types: &BTreeMap<Name, Sources<'_>>, report: &mut Report) {
    let has_queries = types.get("Query").is_some_and(|sources| sources.iter().any(|(_, ty)| !ty.fields.is_empty()));
    if !has_queries {
        report.general(ErrorCode::NoQueries, "no subgraph has a query field; a graph needs at least one");
    }
}
