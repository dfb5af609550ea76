//! Stage 4: one path for every leaf, the cheapest total.
//!
//! The search takes one demand at a time. A leaf that some subgraph already visited at its position can answer
//! costs nothing and is never a choice. Where there is a choice, the cheapest way (ties: the one that serves
//! most of what is asked below) makes the greedy plan; then the other ways are tried, each as long as it is
//! cheaper than the best plan so far, until the budget for improvement is spent.

mod coverage;
mod demands;
mod hop;
mod interface_objects;
mod reach;
mod state;

use std::{
    collections::{BTreeSet, HashMap},
    rc::Rc,
    sync::Arc,
};

use super::{
    Budget, PlanError,
    graph::{Graph, KeySelection},
    nodes::OperationKind,
    normalise::{CaseIndex, FieldId, PositionId, Requirement, Tree},
};
use crate::supergraph::GraphId;
use coverage::Coverage;
use demands::{Agenda, Demand};
use interface_objects::Evenness;
use state::{Delta, Mark};
pub use state::{Entry, Hop, HopKind, State, Visit, VisitId};

/// What it costs to ask one more subgraph; selections and waiting are small beside it.
const FETCH_COST: u64 = 1_000;
/// Each fetch that must be waited for first.
const LEVEL_COST: u64 = 100;
/// A fetch that will be joined with one to the same subgraph at the same place.
const JOINED_COST: u64 = 20;
/// Selecting one more object on the way.
const MOVE_COST: u64 = 1;

/// What the search reads.
pub struct Scene<'s> {
    pub graph: &'s Graph,
    pub kind: OperationKind,
    /// Progressive override labels that are on.
    pub labels: &'s BTreeSet<Arc<str>>,
    /// Demands that may be taken up again in search of a cheaper plan.
    pub improvement_steps: u64,
}

/// Chooses a path for every leaf.
///
/// # Errors
/// When a field cannot be reached, or the budget ends before a first plan is found.
pub fn choose(scene: &Scene<'_>, tree: &mut Tree, budget: &mut Budget) -> Result<State, PlanError> {
    let mut search = Search {
        scene,
        tree,
        budget,
        state: State::default(),
        agenda: Agenda::default(),
        in_progress: Vec::new(),
        requirements: HashMap::new(),
        coverage: Coverage::default(),
        evenness: Evenness::default(),
        is_stuck: false,
    };
    search.run()
}

/// What is being reached right now; asking for it again on the way there would go round in circles.
#[derive(Debug, PartialEq, Eq)]
enum Goal {
    Place(FieldId),
    Reach(FieldId, GraphId),
    Hop(PositionId, CaseIndex, GraphId, Option<FieldId>),
}

type RequirementKey = (PositionId, CaseIndex, *const KeySelection, bool);

struct Search<'s> {
    scene: &'s Scene<'s>,
    tree: &'s mut Tree,
    budget: &'s mut Budget,
    state: State,
    agenda: Agenda,
    in_progress: Vec<Goal>,
    requirements: HashMap<RequirementKey, Option<Rc<Requirement>>>,
    coverage: Coverage,
    evenness: Evenness,
    /// No way was found: hops may now fetch what is above them anew, from subgraphs that know their keys, and interface
    /// objects are asked for what not every type of them wants.
    is_stuck: bool,
}

/// A point where several ways were open: where to go back to, and the ways not yet tried, best last.
struct Choice {
    mark: Mark,
    agenda: demands::Cursor,
    ways: Vec<Way>,
}

/// One way to satisfy a demand, ready to be applied.
struct Way {
    delta: Delta,
    cost: u64,
    subgraph: GraphId,
}

impl Search<'_> {
    fn run(&mut self) -> Result<State, PlanError> {
        let mut choices: Vec<Choice> = Vec::new();
        let mut best: Option<State> = None;
        let mut failure: Option<FieldId> = None;
        let mut improvements_left = self.scene.improvement_steps;
        self.agenda.push(Demand::Enter(Tree::ROOT));
        loop {
            let too_dear = best.as_ref().is_some_and(|best| self.state.spent() >= best.spent());
            let next = if too_dear { None } else { self.agenda.pop() };
            let outcome = self.budget.step().and_then(|()| next.map(|demand| self.satisfy(demand)).transpose());
            let stuck = match outcome {
                // What is left of the budget was for a better plan than the one that there is.
                Err(PlanError::Budget { .. }) if best.is_some() => break,
                Err(error) => return Err(error),
                Ok(Some(Outcome::Done)) => false,
                Ok(Some(Outcome::Ways(ways))) => {
                    choices.push(self.choose_first(ways));
                    false
                }
                Ok(Some(Outcome::Impossible(field))) => {
                    failure.get_or_insert(field);
                    true
                }
                Ok(None) if too_dear => true,
                Ok(None) => {
                    best = Some(self.state.clone());
                    true
                }
            };
            if best.is_some() {
                improvements_left = improvements_left.saturating_sub(1);
            }
            if stuck && (improvements_left == 0 && best.is_some() || !self.take_back(&mut choices)) {
                break;
            }
            if improvements_left == 0 && best.is_some() {
                break;
            }
        }
        if let Some(best) = best {
            return Ok(best);
        }
        // Where the budget ended, a way may have been missed for want of steps.
        self.budget.step()?;
        let path = failure.map_or_else(String::new, |field| self.tree.response_path(field));
        Err(PlanError::Unreachable { path })
    }

    /// Applies the best of several ways and keeps the others for later.
    fn choose_first(&mut self, mut ways: Vec<Way>) -> Choice {
        ways.reverse();
        let mark = self.state.mark();
        let agenda = self.agenda.cursor();
        if let Some(way) = ways.pop() {
            self.state.redo(way.delta);
        }
        Choice { mark, agenda, ways }
    }

    /// Sorts ways from the best to the worst, and leaves out those that a better one makes pointless: dearer (or
    /// as dear), and into a subgraph that has nothing of what is asked here that the better one's has not.
    fn rank(&mut self, at: (PositionId, CaseIndex), ways: Vec<Way>) -> Vec<Way> {
        if ways.len() < 2 {
            return ways;
        }
        let mut ranked: Vec<(Way, Rc<[FieldId]>)> = ways
            .into_iter()
            .map(|way| {
                let serves = self.coverage.of(self.scene, self.tree, at, way.subgraph);
                (way, serves)
            })
            .collect();
        // Stable: among equals the first subgraph stays first.
        ranked.sort_by_key(|(way, serves)| (way.cost, usize::MAX - serves.len()));
        let mut kept: Vec<(Way, Rc<[FieldId]>)> = Vec::with_capacity(ranked.len());
        for (way, serves) in ranked {
            if !kept.iter().any(|(_, better)| coverage::is_within(&serves, better)) {
                kept.push((way, serves));
            }
        }
        kept.into_iter().map(|(way, _)| way).collect()
    }

    /// Goes back to the last choice that has a way left, and takes it.
    fn take_back(&mut self, choices: &mut Vec<Choice>) -> bool {
        while let Some(choice) = choices.last_mut() {
            self.state.undo(choice.mark);
            self.agenda.rewind(choice.agenda);
            if let Some(way) = choice.ways.pop() {
                self.state.redo(way.delta);
                return true;
            }
            choices.pop();
        }
        false
    }

    fn requirement(
        &mut self,
        at: (PositionId, CaseIndex),
        selection: &Arc<KeySelection>,
        is_key: bool,
    ) -> Option<Rc<Requirement>> {
        let key = (at.0, at.1, Arc::as_ptr(selection), is_key);
        if let Some(known) = self.requirements.get(&key) {
            return known.clone();
        }
        let made = self.tree.require(self.scene.graph, at, selection, is_key);
        self.requirements.insert(key, made.clone());
        made
    }
}

/// What came of a demand.
enum Outcome {
    Done,
    Ways(Vec<Way>),
    Impossible(FieldId),
}
