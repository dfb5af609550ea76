//! Directives that reach the supergraph must have one name in all subgraphs that import them.

use std::collections::BTreeMap;

use crate::compose::{
    error::ErrorCode,
    report::Report,
    subgraph::{Import, SubgraphSchema},
};

pub fn check(subgraphs: &[SubgraphSchema], report: &mut Report) {
    let mut imports: BTreeMap<&str, Vec<(&SubgraphSchema, &Import)>> = BTreeMap::new();
    for subgraph in subgraphs {
        for import in &subgraph.imported {
            imports.entry(import.directive).or_default().push((subgraph, import));
        }
    }
    for (directive, found) in imports {
        let Some((subgraph, other)) = found.iter().find(|(_, import)| import.local != found[0].1.local) else {
            continue;
        };
        let list: Vec<String> = found
            .iter()
            .map(|(subgraph, import)| format!("@{} in subgraph {:?}", import.local, subgraph.name))
            .collect();
        report.at(
            ErrorCode::LinkImportNameMismatch,
            subgraph,
            other.span,
            format!("@{directive} is imported under different names: {}; use one", list.join(", ")),
        );
    }
}
