//! Where a router can be: a node, and what the path to it provides there.

use apollo_compiler::{Name, collections::IndexMap};

use super::world::NodeId;
use crate::supergraph::{FieldSelection, GraphId};

/// A node together with the external fields that the path there provides.
#[derive(Debug, Clone)]
pub(super) struct Position<'a> {
    pub(super) node: NodeId,
    pub(super) provided: Vec<&'a [FieldSelection]>,
}

impl<'a> Position<'a> {
    pub(super) fn plain(node: NodeId) -> Self {
        Self { node, provided: Vec::new() }
    }

    /// Whether the path provides the field on `ty`, and with which fields below it.
    pub(super) fn provides(&self, ty: &str, field: &str) -> Option<Vec<&'a [FieldSelection]>> {
        let mut found = None;
        for selections in &self.provided {
            collect(selections, ty, field, &mut found);
        }
        found
    }

    /// Field sets are compared by where they stand in the model: each is parsed once.
    fn provided_places(&self) -> impl Iterator<Item = (*const FieldSelection, usize)> {
        self.provided.iter().map(|selections| (selections.as_ptr(), selections.len()))
    }
}

/// Whether all of `part` are in `whole`; both are sorted.
pub(super) fn is_part_of(part: &[Position<'_>], whole: &[Position<'_>]) -> bool {
    let mut rest = whole.iter();
    part.len() <= whole.len() && part.iter().all(|position| rest.any(|one| one == position))
}

fn collect<'a>(selections: &'a [FieldSelection], ty: &str, field: &str, found: &mut Option<Vec<&'a [FieldSelection]>>) {
    for selection in selections {
        match selection {
            FieldSelection::Field { name, selections, .. } if name == field => {
                let below = found.get_or_insert_with(Vec::new);
                if !selections.is_empty() {
                    below.push(selections);
                }
            }
            FieldSelection::Field { .. } => {}
            // A condition on an abstract type is taken to hold: its members provide alike.
            FieldSelection::Inline { on, selections } => {
                if on.as_ref().is_none_or(|on| on == ty) {
                    collect(selections, ty, field, found);
                }
            }
        }
    }
}

impl PartialEq for Position<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Position<'_> {}

impl PartialOrd for Position<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Position<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.node.cmp(&other.node).then_with(|| self.provided_places().cmp(other.provided_places()))
    }
}

/// Where a field leads: the concrete types it can give, and the positions for each.
#[derive(Debug, Default)]
pub(super) struct Step<'a> {
    pub(super) next: IndexMap<&'a Name, Vec<Position<'a>>>,
    /// Types that only an interface object stands for: nothing can tell them apart.
    pub(super) untyped: Vec<&'a Name>,
    pub(super) is_abstract: bool,
    /// The types that the field can give in each subgraph that resolves it (interface objects do not say).
    pub(super) runtime: Vec<(GraphId, Vec<&'a Name>)>,
}

impl<'a> Step<'a> {
    /// A shared field gives the same answer everywhere, so only types that all its subgraphs know can come. False:
    /// there are none.
    pub(super) fn keep_common_types(&mut self) -> bool {
        let runtime = &self.runtime;
        let is_common = |name: &&'a Name| runtime.iter().all(|(_, types)| types.contains(name));
        // An interface that nothing implements gives no objects, and so no contradiction either.
        let gives_none = runtime.iter().any(|(_, types)| types.is_empty());
        let has_common = gives_none || runtime.first().is_none_or(|(_, types)| types.iter().any(is_common));
        self.next.retain(|name, _| is_common(name));
        has_common
    }
}
