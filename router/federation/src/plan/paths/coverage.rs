//! How much of what is asked below a place one subgraph could answer without leaving it: the tie-breaker of
//! the greedy plan.

use std::collections::HashMap;

use super::Scene;
use crate::{
    plan::normalise::{CaseIndex, FieldKind, PositionId, Tree},
    supergraph::GraphId,
};

#[derive(Debug, Default)]
pub struct Coverage {
    known: HashMap<(PositionId, CaseIndex, GraphId), usize>,
}

impl Coverage {
    /// The number of the client's leaves below a case that `subgraph` resolves on the way down.
    pub fn of(&mut self, scene: &Scene<'_>, tree: &Tree, at: (PositionId, CaseIndex), subgraph: GraphId) -> usize {
        let (position, case) = at;
        if let Some(known) = self.known.get(&(position, case, subgraph)) {
            return *known;
        }
        let mut leaves = 0;
        for id in &tree[position].cases[case].fields {
            let field = &tree[*id];
            let FieldKind::Selected { def, child, .. } = &field.kind else { continue };
            let open = scene
                .graph
                .local_field(*def, subgraph)
                .is_some_and(|local| local.requires.is_none() && local.access.is_open(scene.labels));
            if field.response_key.is_none() || !open {
                continue;
            }
            leaves += match child {
                None => 1,
                Some(child) => {
                    (0..tree[*child].cases.len()).map(|below| self.of(scene, tree, (*child, below), subgraph)).sum()
                }
            };
        }
        self.known.insert((position, case, subgraph), leaves);
        leaves
    }
}
