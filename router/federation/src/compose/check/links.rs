//! Directives that reach the supergraph must have one name in all subgraphs that import them.

use std::collections::BTreeMap;

use crate::compose::{error::ErrorCode, report::Report, subgraph::SubgraphSchema};

pub fn check(subgraphs: &[SubgraphSchema], report: &mut Report) {
    let mut names: BTreeMap<&str, Vec<(&SubgraphSchema, &str)>> = BTreeMap::new();
    for subgraph in subgraphs {
        for (directive, local) in &subgraph.imported {
            names.entry(directive).or_default().push((subgraph, local));
        }
    }
    for (directive, found) in names {
        if found.windows(2).any(|pair| pair[0].1 != pair[1].1) {
            let list: Vec<String> =
                found.iter().map(|(subgraph, local)| format!("@{local} in subgraph {:?}", subgraph.name)).collect();
            report.general(
                ErrorCode::LinkImportNameMismatch,
                format!("@{directive} is imported under different names: {}; use one", list.join(", ")),
            );
        }
    }
}
