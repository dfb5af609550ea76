//! Satisfiability: every operation that the API schema allows can be answered by the subgraphs.
//!
//! A walk over all paths from the root types. At each step it holds a type and the places (subgraphs) where a
//! router can be when it has come that far; each field must be found at one of the places that can be reached
//! from there by keys. States that were seen, or that offer at least what a seen one did, are not walked again.

mod explain;
mod positions;
mod reach;
mod world;

use apollo_compiler::{
    Name,
    collections::{IndexMap, IndexSet},
};

use self::{
    positions::{Position, Step},
    reach::Reach,
    world::World,
};
use crate::{
    compose::{error::ErrorCode, report::Report},
    supergraph::{Draft, TypeModel},
};

/// More findings than these help no one.
const MAX_FINDINGS: usize = 50;
/// Real graphs need a few states a type; this bounds the time that a contrived one takes.
const MAX_STATES: usize = 100_000;

pub fn check(draft: &Draft, report: &mut Report) {
    let before = report.len();
    let has_labels = draft
        .types
        .values()
        .flat_map(|ty| ty.fields.values())
        .any(|field| field.joins.iter().any(|join| join.override_label.is_some()));
    // With progressive overrides the graph must hold on both sides of the roll-out.
    for labels_on in if has_labels { &[false, true][..] } else { &[true][..] } {
        let world = World::new(&draft.types, &draft.subgraphs, *labels_on);
        let reach = Reach::new(&world);
        Walk {
            world: &world,
            reach: &reach,
            states: Vec::new(),
            seen: IndexMap::default(),
            found: IndexSet::default(),
        }
        .run(report);
        if report.len() > before {
            return;
        }
    }
}

/// A place on the walk.
struct State<'a> {
    ty: &'a TypeModel,
    positions: Vec<Position<'a>>,
    /// The state and field it was reached by; None for roots. The flag says that the field's type is abstract.
    from: Option<(usize, &'a Name, bool)>,
}

struct Walk<'a, 'w> {
    world: &'w World<'a>,
    reach: &'w Reach<'a>,
    states: Vec<State<'a>>,
    /// Positions already walked, by type.
    seen: IndexMap<&'a Name, Vec<Vec<Position<'a>>>>,
    /// Coordinates already reported.
    found: IndexSet<(Name, Name)>,
}

impl<'a> Walk<'a, '_> {
    fn run(mut self, report: &mut Report) {
        for root in ["Query", "Mutation", "Subscription"] {
            if let Some(ty) = self.world.types.get(root) {
                let positions = self.world.standing(&ty.name).iter().map(|node| Position::plain(*node)).collect();
                self.enter(State { ty, positions, from: None });
            }
        }
        let mut next = 0;
        while next < self.states.len() && self.found.len() < MAX_FINDINGS {
            self.visit(next, report);
            next += 1;
            if self.states.len() > MAX_STATES {
                report.general(
                    ErrorCode::MaxValidationSubgraphPathsExceeded,
                    "there are too many paths through the graph to check; share fewer fields between subgraphs",
                );
                return;
            }
        }
    }

    /// Queues a state, unless one that offered no more was queued before.
    fn enter(&mut self, mut state: State<'a>) {
        state.positions.sort_unstable();
        state.positions.dedup();
        let seen = self.seen.entry(&state.ty.name).or_default();
        let is_known = seen.iter().any(|known| known.iter().all(|position| state.positions.contains(position)));
        if !is_known {
            seen.push(state.positions.clone());
            self.states.push(state);
        }
    }

    fn visit(&mut self, index: usize, report: &mut Report) {
        let ty = self.states[index].ty;
        let closed = self.reach.close(self.world, &ty.name, &self.states[index].positions);
        for field in ty.fields.values().filter(|field| !field.inaccessible) {
            let target = self.world.types.get(field.ty.inner_named_type());
            if target.is_some_and(|target| target.inaccessible) {
                continue;
            }
            let step = self.reach.step(self.world, &ty.name, &closed, &field.name);
            let Some(mut step) = step else {
                self.report_field(index, &field.name, &closed, report);
                continue;
            };
            if !step.keep_common_types() {
                self.report_runtime_types(index, &field.name, &step, report);
                continue;
            }
            self.follow(index, &field.name, step, report);
        }
    }

    fn follow(&mut self, index: usize, field: &'a Name, step: Step<'a>, report: &mut Report) {
        for (name, positions) in step.next {
            let Some(ty) = self.world.types.get(name).filter(|ty| !ty.inaccessible) else { continue };
            if step.untyped.contains(&name) {
                self.report_type(index, field, name, report);
                continue;
            }
            self.enter(State { ty, positions, from: Some((index, field, step.is_abstract)) });
        }
    }

    fn report_field(&mut self, index: usize, field: &Name, closed: &[Position<'a>], report: &mut Report) {
        let ty = &self.states[index].ty.name;
        if self.found.insert((ty.clone(), field.clone())) {
            let operation = explain::operation(&self.path(index), field.as_str());
            let reasons = explain::reasons(self.world, self.reach, (ty, field), closed);
            report.about(
                ErrorCode::SatisfiabilityError,
                format!("{ty}.{field}"),
                format!("the operation {operation} cannot be answered: {}", reasons.join("; ")),
            );
        }
    }

    fn report_type(&mut self, index: usize, field: &Name, implementation: &Name, report: &mut Report) {
        let ty = &self.states[index].ty.name;
        if self.found.insert((ty.clone(), field.clone())) {
            let inner = format!("{field} {{ ... on {implementation} {{ __typename }} }}");
            let operation = explain::operation(&self.path(index), &inner);
            report.about(
                ErrorCode::SatisfiabilityError,
                format!("{ty}.{field}"),
                format!(
                    "the operation {operation} cannot be answered: the field gives an interface object, and no \
                     subgraph that knows its implementations can be reached by a @key of the interface"
                ),
            );
        }
    }

    fn report_runtime_types(&mut self, index: usize, field: &Name, step: &Step<'a>, report: &mut Report) {
        let ty = &self.states[index].ty.name;
        if self.found.insert((ty.clone(), field.clone())) {
            let operation = explain::operation(&self.path(index), &format!("{field} {{ __typename }}"));
            let possible = explain::runtime_types(self.world, step);
            report.about(
                ErrorCode::ShareableHasMismatchedRuntimeTypes,
                format!("{ty}.{field}"),
                format!(
                    "the operation {operation} has several answers: the shared field \"{ty}.{field}\" can be {possible}; a \
                     shared field must be able to give the same answer everywhere"
                ),
            );
        }
    }

    /// The steps from the root to a state: its field, and the type it was narrowed to.
    fn path(&self, index: usize) -> Vec<explain::PathStep<'a>> {
        let mut path = Vec::new();
        let mut at = index;
        while let Some((from, field, is_abstract)) = self.states[at].from {
            let on = is_abstract.then_some(&self.states[at].ty.name);
            path.push(explain::PathStep { field, on });
            at = from;
        }
        path.reverse();
        let root = &self.states[at].ty.name;
        path.insert(0, explain::PathStep { field: root, on: None });
        path
    }
}
