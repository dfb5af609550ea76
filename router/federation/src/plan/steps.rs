//! The requests of a plan, written down. What would be asked of one subgraph in the same words, at the same time,
//! for objects at several places, is one request.

use std::collections::BTreeSet;

use super::{
    fetches::{Draft, DraftKind, Fetches, Printer},
    nodes::{Condition, FetchNode, PathSegment},
};

/// Index into the steps of a plan.
pub type StepId = usize;

/// One request, ready to take its place in the plan.
#[derive(Debug)]
pub struct Step {
    pub fetch: FetchNode,
    /// Where the objects are that it is for; none for the root.
    pub paths: Vec<Vec<PathSegment>>,
    /// Requests that must be answered first.
    pub after: BTreeSet<StepId>,
    pub conditions: Vec<Condition>,
    /// Which mutation root field it belongs to.
    pub turn: usize,
    /// Whether a like request at another place can be part of it.
    is_open: bool,
}

/// Writes all requests, each after those that it waits for.
pub fn write(fetches: &Fetches<'_>, printer: &Printer<'_>) -> Vec<Step> {
    let drafts = &fetches.drafts;
    let mut step_of: Vec<Option<StepId>> = vec![None; drafts.len()];
    let mut steps: Vec<Step> = Vec::with_capacity(drafts.len());
    loop {
        let before = steps.len();
        for (id, draft) in drafts.iter().enumerate().filter(|(id, _)| step_of[*id].is_none()).collect::<Vec<_>>() {
            let after: Option<BTreeSet<StepId>> = draft.after.iter().map(|earlier| step_of[*earlier]).collect();
            if let Some(after) = after {
                step_of[id] = Some(add(&mut steps, step(fetches, printer, (draft, after))));
            }
        }
        // Nothing waits in a circle; should it, it would never be ready and is left out.
        if step_of.iter().all(Option::is_some) || steps.len() == before {
            return steps;
        }
    }
}

fn step(fetches: &Fetches<'_>, printer: &Printer<'_>, (draft, after): (&Draft, BTreeSet<StepId>)) -> Step {
    let path = draft.segments(printer.scene());
    // An entity's own objects would be shared by the places, and what is fetched below them later may differ.
    let is_flat = || draft.starts.iter().all(|start| fetches.needed.below[start.0 as usize].is_empty());
    Step {
        fetch: printer.fetch(fetches, draft),
        paths: if path.is_empty() { Vec::new() } else { vec![path] },
        after,
        conditions: draft.conditions.clone(),
        turn: draft.turn,
        is_open: draft.kind == DraftKind::Entities && is_flat(),
    }
}

fn add(steps: &mut Vec<Step>, new: Step) -> StepId {
    match steps.iter().position(|known| is_alike(known, &new)) {
        Some(known) => {
            steps[known].paths.extend(new.paths);
            known
        }
        None => {
            steps.push(new);
            steps.len() - 1
        }
    }
}

fn is_alike(a: &Step, b: &Step) -> bool {
    a.is_open
        && b.is_open
        && a.turn == b.turn
        && a.after == b.after
        && a.fetch.subgraph == b.fetch.subgraph
        && a.fetch.operation == b.fetch.operation
        && a.conditions == b.conditions
        && a.fetch.entities == b.fetch.entities
}
