//! What of all that is asked below a place one subgraph could answer without leaving it: it ranks ways of equal
//! cost, and shows which ways cannot lead to anything better.

use std::{collections::HashMap, rc::Rc};

use super::Scene;
use crate::{
    plan::normalise::{CaseIndex, FieldId, FieldKind, PositionId, Tree},
    supergraph::GraphId,
};

#[derive(Debug, Default)]
pub struct Coverage {
    known: HashMap<(PositionId, CaseIndex, GraphId), Rc<[FieldId]>>,
}

impl Coverage {
    /// The client's leaves below a case that `subgraph` resolves on the way down, in rising order.
    pub fn of(
        &mut self,
        scene: &Scene<'_>,
        tree: &Tree,
        at: (PositionId, CaseIndex),
        subgraph: GraphId,
    ) -> Rc<[FieldId]> {
        let (position, case) = at;
        if let Some(known) = self.known.get(&(position, case, subgraph)) {
            return known.clone();
        }
        let mut leaves = Vec::new();
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
            match child {
                None => leaves.push(*id),
                Some(child) => {
                    for below in 0..tree[*child].cases.len() {
                        leaves.extend(self.of(scene, tree, (*child, below), subgraph).iter());
                    }
                }
            }
        }
        leaves.sort_unstable();
        let leaves: Rc<[FieldId]> = leaves.into();
        self.known.insert((position, case, subgraph), leaves.clone());
        leaves
    }
}

/// Whether everything in `few` is in `many`; both rising.
pub fn is_within(few: &[FieldId], many: &[FieldId]) -> bool {
    few.iter().all(|one| many.binary_search(one).is_ok())
}
