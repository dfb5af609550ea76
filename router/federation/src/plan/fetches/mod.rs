//! Stage 5: from chosen visits to requests, each with its inputs and selections, joined where they can be.

mod conditions;
mod join;
mod needed;
mod operation;
mod path;
mod representations;
mod selection;

use std::collections::BTreeSet;

use super::{
    nodes::{Condition, PathSegment, Representation},
    normalise::{PositionId, Tree, scopes::ScopeId},
    paths::{Entry, HopKind, Scene, State, VisitId},
};
use crate::supergraph::GraphId;
use needed::Needed;
pub use operation::Printer;
use path::Path;

/// Index into `Fetches::drafts`.
pub type DraftId = usize;

/// The requests of a plan and what they depend on.
#[derive(Debug)]
pub struct Fetches<'c> {
    pub state: &'c State,
    pub needed: Needed,
    pub drafts: Vec<Draft>,
}

/// One request, not yet written down.
#[derive(Debug)]
pub struct Draft {
    pub subgraph: GraphId,
    pub kind: DraftKind,
    /// Which mutation root field it belongs to.
    pub turn: usize,
    /// The visits that the request starts with.
    pub starts: Vec<VisitId>,
    scope: ScopeId,
    path: Path,
    /// Requests that must be answered first.
    pub after: BTreeSet<DraftId>,
    /// Without these, nothing of the request is needed.
    pub conditions: Vec<Condition>,
    pub representations: Vec<Representation>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftKind {
    Root,
    Entities,
    /// The query type again, below the root.
    Query,
}

impl Draft {
    /// Where the answer is merged; empty for the root.
    pub fn segments(&self, scene: &Scene<'_>) -> Vec<PathSegment> {
        self.path.segments(scene.graph)
    }
}

/// Turns the chosen visits into drafts.
pub fn build<'c>(scene: &Scene<'_>, tree: &Tree, state: &'c State) -> Fetches<'c> {
    let needed = Needed::collect(tree, state);
    let mut draft_of: Vec<Option<DraftId>> = vec![None; state.visit_count()];
    let mut drafts: Vec<Draft> = Vec::new();
    for id in needed.starts(state) {
        draft_of[id.0 as usize] = Some(drafts.len());
        drafts.push(draft(scene, tree, state, id));
    }
    let fetches_of = |visit: VisitId| draft_of[state.visit(visit).start.0 as usize];
    for draft in &mut drafts {
        for start in &draft.starts {
            if let Entry::Hop(hop) = &state.visit(*start).entry {
                let inputs = hop.inputs.iter().filter_map(|input| state.placed(*input));
                draft.after.extend(inputs.filter_map(fetches_of));
            }
        }
    }
    needed::wait_for_gates(tree, state, &mut drafts, fetches_of);
    needed::order_typenames(tree, state, &mut drafts, fetches_of);
    for draft in &mut drafts {
        draft.representations = representations::write(scene, tree, state, &draft.starts);
    }
    let drafts = join::join(&join::Joiner { scene, tree, state, needed: &needed }, drafts);
    let mut fetches = Fetches { state, needed, drafts };
    conditions::assign(tree, &mut fetches);
    fetches
}

fn draft(scene: &Scene<'_>, tree: &Tree, state: &State, id: VisitId) -> Draft {
    let visit = state.visit(id);
    let kind = match &visit.entry {
        Entry::Hop(hop) if hop.kind == HopKind::Query => DraftKind::Query,
        Entry::Hop(_) => DraftKind::Entities,
        Entry::Root { .. } | Entry::Move { .. } => DraftKind::Root,
    };
    let turn = match visit.entry {
        Entry::Root { turn } => turn,
        _ => turn_of(tree, visit.position),
    };
    Draft {
        subgraph: visit.subgraph,
        kind,
        turn: if scene.kind == super::OperationKind::Mutation { turn } else { 0 },
        starts: vec![id],
        scope: tree[visit.position].scope,
        path: Path::to(scene, tree, visit.position),
        after: BTreeSet::new(),
        conditions: Vec::new(),
        representations: Vec::new(),
    }
}

/// The place of the root field that a position is below.
fn turn_of(tree: &Tree, mut position: PositionId) -> usize {
    let mut last = None;
    while let Some(parent) = tree[position].parent {
        last = Some(parent);
        position = tree[parent].position;
    }
    last.and_then(|field| tree[position].cases[tree[field].case].fields.iter().position(|id| *id == field)).unwrap_or(0)
}
