//! Which of the chosen visits the answer needs, and what each of them is asked for.

use super::{Draft, DraftId};
use crate::plan::{
    normalise::{FieldId, PositionId, Tree},
    paths::{Entry, State, VisitId},
};

/// By visit.
#[derive(Debug)]
pub struct Needed {
    visits: Vec<bool>,
    /// Leaves to select.
    pub leaves: Vec<Vec<FieldId>>,
    /// Visits of the same request, one field further down.
    pub below: Vec<Vec<VisitId>>,
    /// Leaves that the answer itself needs, as opposed to inputs of other requests.
    pub demanded: Vec<bool>,
}

impl Needed {
    pub fn collect(tree: &Tree, state: &State) -> Self {
        let count = state.visit_count();
        let mut needed = Self {
            visits: vec![false; count],
            leaves: vec![Vec::new(); count],
            below: vec![Vec::new(); count],
            demanded: vec![false; tree.field_count()],
        };
        let mut taken = vec![false; tree.field_count()];
        for field in state.demanded() {
            needed.demanded[field.0 as usize] = true;
            needed.take_leaf(state, *field, &mut taken);
        }
        needed
    }

    pub fn has(&self, visit: VisitId) -> bool {
        self.visits[visit.0 as usize]
    }

    /// The visits that start a request, in the order they were made.
    pub fn starts(&self, state: &State) -> Vec<VisitId> {
        (0..self.visits.len() as u32).map(VisitId).filter(|id| self.has(*id) && state.visit(*id).start == *id).collect()
    }

    /// The fields that a visit is asked for.
    pub fn asked(&self, state: &State, visit: VisitId) -> Vec<FieldId> {
        let below = self.below[visit.0 as usize].iter().filter_map(|below| match state.visit(*below).entry {
            Entry::Move { field, .. } => Some(field),
            Entry::Root { .. } | Entry::Hop(_) => None,
        });
        self.leaves[visit.0 as usize].iter().copied().chain(below).collect()
    }

    fn take_leaf(&mut self, state: &State, field: FieldId, taken: &mut [bool]) {
        let mut open = vec![field];
        while let Some(field) = open.pop() {
            if std::mem::replace(&mut taken[field.0 as usize], true) {
                continue;
            }
            let Some(visit) = state.placed(field) else { continue };
            self.leaves[visit.0 as usize].push(field);
            self.take_visit(state, visit, &mut open);
        }
    }

    fn take_visit(&mut self, state: &State, visit: VisitId, open: &mut Vec<FieldId>) {
        let mut next = visit;
        while !std::mem::replace(&mut self.visits[next.0 as usize], true) {
            match &state.visit(next).entry {
                Entry::Root { .. } => return,
                Entry::Move { from, .. } => {
                    self.below[from.0 as usize].push(next);
                    next = *from;
                }
                Entry::Hop(hop) => {
                    open.extend(&hop.inputs);
                    return;
                }
            }
        }
    }
}

/// Where one request learns an object's real type and another only calls it by its interface, the real one
/// must be merged last.
pub fn order_typenames(
    tree: &Tree,
    state: &State,
    drafts: &mut [Draft],
    draft_of: impl Fn(VisitId) -> Option<DraftId>,
) {
    for position in (0..tree.position_count() as u32).map(PositionId) {
        for case in &tree[position].cases {
            let place = |field: Option<FieldId>| field.and_then(|field| state.placed(field)).and_then(&draft_of);
            if let (Some(real), Some(any)) = (place(case.typename), place(case.any_typename))
                && real != any
                && !reaches(drafts, any, real)
            {
                drafts[real].after.insert(any);
            }
        }
    }
}

/// A path that looks at types can be walked only when the types are known.
pub fn wait_for_gates(tree: &Tree, state: &State, drafts: &mut [Draft], draft_of: impl Fn(VisitId) -> Option<DraftId>) {
    for id in 0..drafts.len() {
        let position = state.visit(drafts[id].starts[0]).position;
        for (step, typename) in drafts[id].path.gates(tree, position) {
            match typename.and_then(|field| state.placed(field)).and_then(&draft_of) {
                Some(source) if source == id => drafts[id].path.open(step),
                Some(source) if !reaches(drafts, source, id) => {
                    drafts[id].after.insert(source);
                }
                _ => drafts[id].path.open(step),
            }
        }
    }
}

/// Whether `from` has to wait for `to`, directly or not.
pub fn reaches(drafts: &[Draft], from: DraftId, to: DraftId) -> bool {
    let mut seen = vec![false; drafts.len()];
    let mut open = vec![from];
    while let Some(next) = open.pop() {
        if next == to {
            return true;
        }
        if !std::mem::replace(&mut seen[next], true) {
            open.extend(&drafts[next].after);
        }
    }
    false
}
