//! Entity hops: which key, what it needs, and by which other subgraphs when none has it at hand.

use std::sync::Arc;

use super::{Entry, Goal, Hop, HopKind, Search, VisitId};
use crate::{
    plan::{
        graph::{KeySelection, TypeId},
        nodes::RepresentationField,
        normalise::{CaseIndex, FieldId, FieldKind, PositionId},
    },
    supergraph::GraphId,
};

/// A case at a position.
type At = (PositionId, CaseIndex);

/// One key of one subgraph, and what it leads to.
struct Door {
    kind: HopKind,
    local: TypeId,
    key: Arc<KeySelection>,
}

/// Data that a hop needs first, and the representation made of it.
#[derive(Default)]
struct Inputs {
    fields: Vec<FieldId>,
    representation: Vec<RepresentationField>,
}

impl Search<'_> {
    /// A hop into `subgraph`, for a field with @requires or (None) for whatever the subgraph has.
    pub(super) fn hop(&mut self, at: At, subgraph: GraphId, requires: Option<FieldId>) -> Option<VisitId> {
        let goal = Goal::Hop(at.0, at.1, subgraph, requires);
        if self.in_progress.contains(&goal) || self.budget.step().is_err() {
            return None;
        }
        self.in_progress.push(goal);
        let found = if self.tree[at.0].cases[at.1].ty == self.scene.graph.query {
            self.enter_query(at, subgraph)
        } else if self.is_available(at.0, at.1) {
            self.hop_nearby(at, subgraph, requires).or_else(|| self.hop_by_climbing(at, subgraph, requires))
        } else {
            None
        };
        self.in_progress.pop();
        found
    }

    /// The query type is the same everywhere: it is entered anew, without a key.
    fn enter_query(&mut self, at: At, subgraph: GraphId) -> Option<VisitId> {
        let query = self.scene.graph.query;
        self.scene.graph.local_type(query, subgraph)?;
        if !self.is_available(at.0, at.1) {
            return None;
        }
        let presence = self.tree.typename(at.0, at.1, FieldKind::AnyTypename);
        if self.state.placed(presence).is_none() && !self.place_free(presence) {
            return None;
        }
        let hop = Hop {
            case: at.1,
            kind: HopKind::Query,
            inputs: vec![presence],
            representation: Vec::new(),
            requires: None,
        };
        Some(self.add_hop(at.0, subgraph, query, hop))
    }

    /// From the visits of this position, straight or by others of them.
    fn hop_nearby(&mut self, at: At, subgraph: GraphId, requires: Option<FieldId>) -> Option<VisitId> {
        self.hop_directly(at, subgraph, requires).or_else(|| self.hop_by_others(at, subgraph, requires))
    }

    /// By a key that other visits of this position have at hand (or can fetch below it).
    fn hop_directly(&mut self, at: At, subgraph: GraphId, requires: Option<FieldId>) -> Option<VisitId> {
        let mark = self.state.mark();
        let mut best: Option<(u64, super::Delta, VisitId)> = None;
        for door in self.doors(at, subgraph) {
            let visit = self.open(at, subgraph, &door, requires);
            let cost = self.state.spent_since(mark);
            let delta = self.state.undo(mark);
            if let Some(visit) = visit
                && best.as_ref().is_none_or(|(cheapest, ..)| cost < *cheapest)
            {
                best = Some((cost, delta, visit));
            }
        }
        let (_, delta, visit) = best?;
        self.state.redo(delta);
        Some(visit)
    }

    /// Every key by which `subgraph` resolves objects of this case, as their own type first.
    fn doors(&self, at: At, subgraph: GraphId) -> Vec<Door> {
        let graph = self.scene.graph;
        let concrete = self.tree[at.0].cases[at.1].ty;
        let mut doors = Vec::new();
        if let Some(local) = graph.local_type(concrete, subgraph) {
            let keys = local.keys.iter().cloned();
            doors.extend(keys.map(|key| Door { kind: HopKind::Concrete, local: concrete, key }));
        }
        let from_interface_object = self
            .state
            .visits_at(at.0)
            .iter()
            .map(|visit| self.state.visit(*visit))
            .any(|visit| graph.is_interface_object(visit.local, visit.subgraph));
        for interface in &graph[concrete].interfaces {
            let Some(local) = graph.local_type(*interface, subgraph) else { continue };
            let kind = if local.is_interface_object {
                HopKind::ToInterfaceObject(*interface)
            } else if from_interface_object && local.possible.contains(&concrete) {
                HopKind::ToInterface(*interface)
            } else {
                continue;
            };
            doors.extend(local.keys.iter().cloned().map(|key| Door { kind, local: *interface, key }));
        }
        doors
    }

    fn open(&mut self, at: At, subgraph: GraphId, door: &Door, requires: Option<FieldId>) -> Option<VisitId> {
        let mut inputs = Inputs::default();
        inputs.fields.push(self.typename_input(at, subgraph, door.kind)?);
        let key = self.requirement(at, &door.key, true)?;
        for leaf in &key.leaves {
            self.place_key_leaf(at.0, *leaf)?;
        }
        inputs.fields.extend(&key.leaves);
        inputs.representation.extend(key.fields.iter().cloned());
        if let Some(field) = requires {
            let local = self.local_field(field, subgraph)?;
            if local.via.is_some() != matches!(door.kind, HopKind::ToInterfaceObject(_)) {
                return None;
            }
            let set = local.requires.clone()?;
            let required = self.requirement(at, &set, false)?;
            for leaf in &required.leaves {
                if self.may_occur(*leaf) {
                    self.place_input(*leaf)?;
                }
            }
            inputs.fields.extend(&required.leaves);
            inputs.representation.extend(required.fields.iter().cloned());
        }
        inputs.fields.retain(|field| self.state.placed(*field).is_some());
        let hop =
            Hop { case: at.1, kind: door.kind, inputs: inputs.fields, representation: inputs.representation, requires };
        Some(self.add_hop(at.0, subgraph, door.local, hop))
    }

    /// A representation is chosen by the object's `__typename`: the real one, unless an interface object is
    /// all that is known and needed.
    fn typename_input(&mut self, at: At, subgraph: GraphId, kind: HopKind) -> Option<FieldId> {
        let real = self.tree.typename(at.0, at.1, FieldKind::Typename);
        if self.state.placed(real).is_some() || self.place_free(real) {
            return Some(real);
        }
        let by_type = matches!(kind, HopKind::ToInterfaceObject(_)) && self.needs_real_type(at, subgraph);
        if by_type || matches!(kind, HopKind::Concrete) {
            self.place_input(real)?;
            return Some(real);
        }
        let any = self.tree.typename(at.0, at.1, FieldKind::AnyTypename);
        (self.state.placed(any).is_some() || self.place_free(any)).then_some(any)
    }

    /// Key fields of the position itself come from visits that are there; other subgraphs are tried one by one
    /// in `hop_by_others`. Fields further down may take hops of their own.
    fn place_key_leaf(&mut self, position: PositionId, leaf: FieldId) -> Option<()> {
        if self.state.placed(leaf).is_some() || self.place_free(leaf) || !self.may_occur(leaf) {
            return Some(());
        }
        if self.tree[leaf].position == position { None } else { self.place_input(leaf) }
    }

    /// Whether the object of the leaf, and each object above it, can be there at all.
    fn may_occur(&self, leaf: FieldId) -> bool {
        let mut next = Some(leaf);
        while let Some(field) = next {
            let position = self.tree[field].position;
            if !self.can_occur(position, self.tree.owner(field)) {
                return false;
            }
            next = self.tree[position].parent;
        }
        true
    }

    /// Puts a leaf where it is cheapest, whatever hops that takes.
    fn place_input(&mut self, leaf: FieldId) -> Option<()> {
        if self.state.placed(leaf).is_some() || self.place_free(leaf) {
            return Some(());
        }
        let mut ways = self.ways_to_place(leaf).ok()?;
        if ways.is_empty() && self.establish_cheaply(leaf) {
            if self.place_free(leaf) {
                return Some(());
            }
            ways = self.ways_to_place(leaf).ok()?;
        }
        let cheapest = ways.into_iter().next()?;
        self.state.redo(cheapest.delta);
        Some(())
    }

    fn establish_cheaply(&mut self, leaf: FieldId) -> bool {
        let (position, case) = (self.tree[leaf].position, self.tree[leaf].case);
        if self.is_available(position, case) {
            return false;
        }
        let Ok(mut ways) = self.ways_to_establish(position, case) else { return false };
        if ways.is_empty()
            && let Some(parent) = self.tree[position].parent
            && self.establish_cheaply(parent)
        {
            ways = self.ways_to_establish(position, case).unwrap_or_default();
        }
        match ways.into_iter().next() {
            Some(way) => {
                self.state.redo(way.delta);
                true
            }
            None => self.is_available(position, case),
        }
    }

    /// No key of `subgraph` is at hand: hop to whoever can be reached, round after round, until one has it;
    /// then keep only the hops that were needed.
    fn hop_by_others(&mut self, at: At, subgraph: GraphId, requires: Option<FieldId>) -> Option<VisitId> {
        if self.doors(at, subgraph).is_empty() {
            return None;
        }
        let mark = self.state.mark();
        let first_new = self.state.next_id();
        let mut tried: Vec<GraphId> = self.visited(at);
        tried.push(subgraph);
        loop {
            let mut progress = false;
            for other in self.scene.graph.graph_ids() {
                if tried.contains(&other) || self.hop_directly(at, other, None).is_none() {
                    continue;
                }
                tried.push(other);
                progress = true;
                if let Some(visit) = self.hop_directly(at, subgraph, requires) {
                    let needed = self.intermediate_hops(at, first_new, visit);
                    self.state.undo(mark);
                    return self.hop_along(at, &needed, (subgraph, requires));
                }
            }
            if !progress {
                self.state.undo(mark);
                return None;
            }
        }
    }

    /// Whoever was asked for the place knows no key that leads on: another who has the place is asked for it, too.
    fn hop_by_climbing(&mut self, at: At, subgraph: GraphId, requires: Option<FieldId>) -> Option<VisitId> {
        if !self.is_stuck {
            return None;
        }
        let parent = self.tree[at.0].parent?;
        let concrete = self.tree[at.0].cases[at.1].ty;
        for other in self.candidates(parent) {
            if self.visited(at).contains(&other) || !self.produces(parent, other, concrete) {
                continue;
            }
            let mark = self.state.mark();
            if self.reach(parent, other).is_some() {
                self.spread(at.0, other);
                if let Some(visit) = self.hop_nearby(at, subgraph, requires) {
                    return Some(visit);
                }
            }
            self.state.undo(mark);
        }
        None
    }

    fn hop_along(&mut self, at: At, others: &[GraphId], last: (GraphId, Option<FieldId>)) -> Option<VisitId> {
        for other in others {
            self.hop_directly(at, *other, None)?;
        }
        self.hop_directly(at, last.0, last.1)
    }

    fn visited(&self, at: At) -> Vec<GraphId> {
        let visits = self.state.visits_at(at.0).iter().copied();
        visits.filter(|visit| self.covers(*visit, at.1)).map(|visit| self.state.visit(visit).subgraph).collect()
    }

    /// The subgraphs hopped to since `first_new`, at this position, that `visit` cannot do without; in order.
    fn intermediate_hops(&self, at: At, first_new: VisitId, visit: VisitId) -> Vec<GraphId> {
        let mut needed: Vec<VisitId> = Vec::new();
        let mut open = vec![visit];
        while let Some(next) = open.pop() {
            let start = self.state.visit(next).start;
            if start < first_new || needed.contains(&start) {
                continue;
            }
            needed.push(start);
            if let Entry::Hop(hop) = &self.state.visit(start).entry {
                open.extend(hop.inputs.iter().filter_map(|input| self.state.placed(*input)));
            }
        }
        needed.sort_unstable();
        needed
            .into_iter()
            .filter(|start| *start != visit)
            .map(|start| self.state.visit(start))
            .filter(|start| start.position == at.0)
            .map(|start| start.subgraph)
            .collect()
    }
}
