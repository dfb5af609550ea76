//! Where fields stand whose first mention may be skipped: which mention counts depends on variables, and a plan does
//! not. So such a field stands at each of its mentions, on the condition that no earlier one counts.

use std::sync::Arc;

use super::{
    Collected, Mention, Occurrence,
    conditions::{Conditions, Conjunction, excluding},
};

/// Mentions that can each be the first to count. Each is held against all before it, so that many are the work of their
/// cube.
const MAX_MENTIONS: usize = 32;

/// Mutation fields run where they are first mentioned; which mention that is can depend on variables. So each
/// mention stands for itself, on the condition that no earlier one counts. None when that is too long to say.
pub(super) fn mentions_in_order<'d>(collected: &Collected<'d>) -> Option<Vec<Mention<'d>>> {
    let mut ordered = Vec::new();
    for (key, occurrences) in collected {
        for (order, alone) in places_of(occurrences)? {
            let (response_key, conditions) = (Arc::from(*key), Conditions::any_of(alone));
            ordered.push((order, Mention { response_key, occurrences: occurrences.clone(), conditions }));
        }
    }
    ordered.sort_by_key(|(order, _)| *order);
    Some(ordered.into_iter().map(|(_, mention)| mention).collect())
}

/// The places of fields, by their index in `collected`. None: each stands where it is first mentioned.
pub(super) fn places(collected: &Collected<'_>, max_copies: usize) -> Option<Vec<(usize, Conditions)>> {
    if !collected.values().any(|occurrences| may_move(occurrences)) {
        return None;
    }
    let mut placed: Vec<(usize, usize, Vec<Conjunction>)> = Vec::new();
    for (index, occurrences) in collected.values().enumerate() {
        match places_of(occurrences).filter(|places| places.len() <= max_copies) {
            Some(places) => placed.extend(places.into_iter().map(|(order, alone)| (order, index, alone))),
            None => {
                let all = occurrences.iter().map(|one| one.conjunction.clone()).collect();
                placed.push((occurrences[0].order, index, all));
            }
        }
    }
    placed.sort_by_key(|(order, ..)| *order);
    // Neighbours are one place.
    placed.dedup_by(|next, known| {
        let same = next.1 == known.1;
        if same {
            known.2.append(&mut next.2);
        }
        same
    });
    Some(placed.into_iter().map(|(_, index, conjunctions)| (index, Conditions::any_of(conjunctions))).collect())
}

fn may_move(occurrences: &[Occurrence<'_>]) -> bool {
    let first = &occurrences[0].conjunction;
    !first.is_empty() && occurrences.iter().any(|one| one.conjunction != *first)
}

/// Each mention that can be the first to count, and when it is. None: too long to say.
fn places_of(occurrences: &[Occurrence<'_>]) -> Option<Vec<(usize, Vec<Conjunction>)>> {
    let mut places = Vec::new();
    let mut earlier: Vec<Conjunction> = Vec::new();
    for one in occurrences {
        // Whenever this one is there, an earlier one is.
        if earlier.iter().any(|known| known.iter().all(|literal| one.conjunction.contains(literal))) {
            continue;
        }
        if earlier.len() == MAX_MENTIONS {
            return None;
        }
        let alone = excluding(&one.conjunction, &earlier)?;
        if !alone.is_empty() {
            places.push((one.order, alone));
        }
        earlier.push(one.conjunction.clone());
    }
    Some(places)
}
