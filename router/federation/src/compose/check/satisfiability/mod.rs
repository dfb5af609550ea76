//! Satisfiability: every operation that the API schema allows can be answered by the subgraphs.
//!
//! A walk over all paths from the root types. At each step it holds a type and the places (subgraphs) where a
//! router can be when it has come that far; each field must be found at one of the places that can be reached
//! from there by keys. States that were seen, or that offer at least what a seen one did, are not walked again.
//! Where a field is overridden progressively the walk goes both ways.

mod explain;
mod findings;
mod labels;
mod mutations;
mod positions;
mod reach;
mod world;

use apollo_compiler::{
    Name,
    collections::{IndexMap, IndexSet},
};

use self::{
    findings::Finding,
    labels::Labels,
    positions::{Position, Step},
    reach::Reach,
    world::World,
};
use crate::{
    compose::{error::ErrorCode, report::Report},
    supergraph::{FieldModel, Supergraph, TypeModel},
};

/// More findings than these help no one.
const MAX_FINDINGS: usize = 50;
/// Real graphs need a few states a type; these bound the memory and the time that a contrived one takes. A state is
/// compared with those of its type, so their number alone says little of time: this many take about a second.
const MAX_STATES: usize = 100_000;
const MAX_COMPARISONS: usize = 10_000_000;

pub fn check(supergraph: &Supergraph, report: &mut Report) {
    let world = World::new(&supergraph.types, &supergraph.subgraphs);
    let reach = Reach::new(&world);
    let mut walk = Walk::new(&world, &reach);
    for root in ["Query", "Mutation", "Subscription"] {
        if let Some(ty) = world.types.get(root) {
            let positions = world.standing(&ty.name).iter().map(|node| Position::plain(*node)).collect();
            walk.enter(State { ty, positions, labels: Labels::default(), from: None });
        }
    }
    for finding in walk.run() {
        match finding.coordinate {
            Some((ty, field)) => report.about(finding.code, format!("{ty}.{field}"), finding.message),
            None => report.general(finding.code, finding.message),
        }
    }
}

/// A place on the walk.
#[derive(Clone)]
struct State<'a> {
    ty: &'a TypeModel,
    positions: Vec<Position<'a>>,
    labels: Labels<'a>,
    /// The state and field it was reached by; None for roots. The flag says that the field's type is abstract.
    from: Option<(usize, &'a Name, bool)>,
}

struct Walk<'a, 'w> {
    world: &'w World<'a>,
    reach: &'w Reach<'a>,
    states: Vec<State<'a>>,
    /// The state to visit next.
    next: usize,
    /// Positions already walked, by type.
    seen: IndexMap<&'a Name, Vec<(Vec<Position<'a>>, Labels<'a>)>>,
    /// Seen states that a new one was held against.
    comparisons: usize,
    findings: Vec<Finding>,
    /// Coordinates already reported.
    found: IndexSet<(Name, Name)>,
}

impl<'a, 'w> Walk<'a, 'w> {
    fn new(world: &'w World<'a>, reach: &'w Reach<'a>) -> Self {
        Self {
            world,
            reach,
            states: Vec::new(),
            next: 0,
            seen: IndexMap::default(),
            comparisons: 0,
            findings: Vec::new(),
            found: IndexSet::default(),
        }
    }

    /// Visits all states that were entered, and those that come of them.
    fn run(mut self) -> Vec<Finding> {
        while self.next < self.states.len() && self.findings.len() < MAX_FINDINGS {
            self.visit(self.next);
            self.next += 1;
            if self.states.len() > MAX_STATES || self.comparisons > MAX_COMPARISONS {
                self.findings.push(Finding {
                    code: ErrorCode::MaxValidationSubgraphPathsExceeded,
                    coordinate: None,
                    message:
                        "there are too many paths through the graph to check; share fewer fields between subgraphs"
                            .to_owned(),
                });
                break;
            }
        }
        self.findings
    }

    /// Queues a state, unless one that offered no more was queued before.
    fn enter(&mut self, mut state: State<'a>) {
        state.positions.sort_unstable();
        state.positions.dedup();
        let seen = self.seen.entry(&state.ty.name).or_default();
        self.comparisons += seen.len();
        let is_known = seen
            .iter()
            .any(|(known, labels)| labels.is_part_of(&state.labels) && positions::is_part_of(known, &state.positions));
        if !is_known {
            seen.push((state.positions.clone(), state.labels.clone()));
            self.states.push(state);
        }
    }

    fn visit(&mut self, index: usize) {
        let ty = self.states[index].ty;
        let closed = self.reach.close(self.world, &ty.name, &self.states[index].positions);
        for field in ty.fields.values().filter(|field| !field.inaccessible) {
            let target = self.world.types.get(field.ty.inner_named_type());
            if target.is_some_and(|target| target.inaccessible) {
                continue;
            }
            for labels in self.states[index].labels.with_field(field) {
                self.take(index, field, &closed, labels);
            }
        }
    }

    /// Goes on from a state by one of its fields.
    fn take(&mut self, index: usize, field: &'a FieldModel, closed: &[Position<'a>], labels: Labels<'a>) {
        let ty = self.states[index].ty;
        let Some(mut step) = self.reach.step(self.world, &ty.name, closed, (&field.name, &labels)) else {
            self.find_unresolved(index, &field.name, closed);
            return;
        };
        if !step.keep_common_types() {
            self.find_runtime_types(index, &field.name, &step);
            return;
        }
        if ty.name == "Mutation" && self.states[index].from.is_none() && closed.len() > 1 {
            self.take_once(index, field, closed, &labels);
        } else {
            self.follow(index, &field.name, step, &labels);
        }
    }

    fn follow(&mut self, index: usize, field: &'a Name, step: Step<'a>, labels: &Labels<'a>) {
        for (name, positions) in step.next {
            let Some(ty) = self.world.types.get(name).filter(|ty| !ty.inaccessible) else { continue };
            if step.untyped.contains(&name) {
                self.find_untyped(index, field, name);
                continue;
            }
            let from = Some((index, field, step.is_abstract));
            self.enter(State { ty, positions, labels: labels.clone(), from });
        }
    }
}
