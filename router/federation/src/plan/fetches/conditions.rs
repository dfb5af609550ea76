//! Without which values of client variables a request is not needed at all.

use std::collections::BTreeMap;

use super::{DraftId, Fetches};
use crate::plan::{
    nodes::Condition,
    normalise::{PositionId, Tree},
    paths::{State, VisitId},
};

/// Gives each draft what holds for everything it is asked for, and for every request that waits for it.
pub fn assign(tree: &Tree, fetches: &mut Fetches<'_>) {
    let owners = presence_owners(tree, fetches);
    let mut common: Vec<Option<Vec<Condition>>> = vec![None; fetches.drafts.len()];
    for id in last_first(fetches) {
        let mut visits: Vec<VisitId> = fetches.drafts[id].starts.clone();
        while let Some(visit) = visits.pop() {
            visits.extend(&fetches.needed.below[visit.0 as usize]);
            for leaf in &fetches.needed.leaves[visit.0 as usize] {
                if fetches.needed.demanded[leaf.0 as usize] {
                    narrow(&mut common[id], tree.literals(*leaf));
                }
            }
            if let Some(position) = owners.get(&visit) {
                narrow(&mut common[id], tree[*position].literals.clone());
            }
        }
        let own = common[id].clone().unwrap_or_default();
        for earlier in &fetches.drafts[id].after {
            narrow(&mut common[*earlier], own.clone());
        }
        fetches.drafts[id].conditions = own;
    }
}

fn narrow(common: &mut Option<Vec<Condition>>, literals: Vec<Condition>) {
    *common = Some(match common.take() {
        None => literals,
        Some(known) => known.into_iter().filter(|literal| literals.contains(literal)).collect(),
    });
}

/// Someone must ask whether an object is there, even when nothing that is asked of it is included: the earliest
/// visit that finds it.
fn presence_owners(tree: &Tree, fetches: &Fetches<'_>) -> BTreeMap<VisitId, PositionId> {
    let state: &State = fetches.state;
    let mut owners = BTreeMap::new();
    for position in (0..tree.position_count() as u32).map(PositionId) {
        let asked = tree[position].parent.is_some_and(|field| tree[field].response_key.is_some());
        let visits = state.visits_at(position).iter().copied().filter(|visit| fetches.needed.has(*visit));
        if asked && let Some(owner) = visits.min_by_key(|visit| state.visit(*visit).level) {
            owners.insert(owner, position);
        }
    }
    owners
}

/// Every draft before the ones it waits for.
fn last_first(fetches: &Fetches<'_>) -> Vec<DraftId> {
    let mut waiting: Vec<usize> = vec![0; fetches.drafts.len()];
    for draft in &fetches.drafts {
        draft.after.iter().for_each(|id| waiting[*id] += 1);
    }
    let mut ready: Vec<DraftId> = (0..waiting.len()).filter(|id| waiting[*id] == 0).collect();
    let mut order = Vec::with_capacity(waiting.len());
    while let Some(id) = ready.pop() {
        order.push(id);
        for earlier in &fetches.drafts[id].after {
            waiting[*earlier] -= 1;
            if waiting[*earlier] == 0 {
                ready.push(*earlier);
            }
        }
    }
    order
}
