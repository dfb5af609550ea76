//! Getting to a field in one subgraph: by what is already visited, by climbing to an ancestor that has it,
//! or by a hop at the field's own position.

use super::{Entry, Goal, Hop, Search, Visit, VisitId};
use crate::{
    plan::{
        graph::{Access, LocalField, TypeId, selections::below},
        nodes::OperationKind,
        normalise::{CaseIndex, FieldId, FieldKind, PositionId},
    },
    supergraph::GraphId,
};

impl Search<'_> {
    /// A visit in `subgraph` that answers `field`, made by the cheapest way there is.
    pub(super) fn reach(&mut self, field: FieldId, subgraph: GraphId) -> Option<VisitId> {
        let (position, case) = (self.tree[field].position, self.tree[field].case);
        self.spread(position, subgraph);
        if let Some(known) = self.visit_that_resolves(field, subgraph) {
            return Some(known);
        }
        if self.tree[position].parent.is_none() {
            return self.start(field, subgraph);
        }
        let goal = Goal::Reach(field, subgraph);
        if self.in_progress.contains(&goal) {
            return None;
        }
        self.in_progress.push(goal);
        let reached = if self.requirement_of(field, subgraph).is_some() {
            self.hop((position, case), subgraph, Some(field))
        } else {
            self.climb_or_hop(field, subgraph)
        };
        self.in_progress.pop();
        reached
    }

    fn climb_or_hop(&mut self, field: FieldId, subgraph: GraphId) -> Option<VisitId> {
        let mark = self.state.mark();
        let climbed = self.climb(field, subgraph);
        let climb_cost = self.state.spent_since(mark);
        let climb_delta = self.state.undo(mark);
        let at = (self.tree[field].position, self.tree[field].case);
        let hopped = self.hop(at, subgraph, None).filter(|visit| self.resolves(*visit, field));
        let hop_cost = self.state.spent_since(mark);
        if hopped.is_some() && (climbed.is_none() || hop_cost <= climb_cost) {
            return hopped;
        }
        self.state.undo(mark);
        climbed?;
        self.state.redo(climb_delta);
        climbed
    }

    /// Reaches the parent in `subgraph` and walks down from there.
    fn climb(&mut self, field: FieldId, subgraph: GraphId) -> Option<VisitId> {
        let position = self.tree[field].position;
        let parent = self.tree[position].parent?;
        let def = self.tree.def(parent)?;
        self.scene.graph.local_field(def, subgraph)?;
        self.reach(parent, subgraph)?;
        self.spread(position, subgraph);
        self.visit_that_resolves(field, subgraph)
    }

    /// A request to `subgraph` for the operation's root.
    fn start(&mut self, field: FieldId, subgraph: GraphId) -> Option<VisitId> {
        let position = self.tree[field].position;
        let visit = Visit {
            position,
            subgraph,
            local: self.tree[position].ty,
            entry: Entry::Root { turn: self.turn(field) },
            start: self.state.next_id(),
            level: 0,
            provides: Vec::new(),
        };
        if !self.is_open(field, subgraph) || self.requirement_of(field, subgraph).is_some() {
            return None;
        }
        Some(self.state.add(self.tree, visit))
    }

    /// Mutation fields run one after the other: each has its own requests.
    fn turn(&self, field: FieldId) -> usize {
        if self.scene.kind != OperationKind::Mutation {
            return 0;
        }
        let at = &self.tree[field];
        self.tree[at.position].cases[at.case].fields.iter().position(|id| *id == field).unwrap_or(0)
    }

    /// Walks down, for free, from every visit of `subgraph` at the parent of `position`.
    pub(super) fn spread(&mut self, position: PositionId, subgraph: GraphId) {
        let Some(parent) = self.tree[position].parent else { return };
        let above = self.tree[parent].position;
        if !self.state.visits_at(above).iter().any(|visit| self.state.visit(*visit).subgraph == subgraph) {
            self.spread(above, subgraph);
        }
        for index in 0..self.state.visits_at(above).len() {
            let from = self.state.visits_at(above)[index];
            if self.state.visit(from).subgraph == subgraph
                && !self.has_move(position, from)
                && self.resolves(from, parent)
            {
                self.walk_down(from, parent, position);
            }
        }
    }

    /// Walks down in every subgraph that was visited above.
    pub(super) fn spread_all(&mut self, position: PositionId) {
        let Some(parent) = self.tree[position].parent else { return };
        for subgraph in self.candidates(parent) {
            self.spread(position, subgraph);
        }
    }

    fn has_move(&self, position: PositionId, origin: VisitId) -> bool {
        self.state
            .visits_at(position)
            .iter()
            .any(|visit| matches!(self.state.visit(*visit).entry, Entry::Move { from, .. } if from == origin))
    }

    fn walk_down(&mut self, from: VisitId, field: FieldId, position: PositionId) {
        let above = self.state.visit(from);
        let Some(local) = self.local_field(field, above.subgraph) else { return };
        let mut provides = Vec::new();
        let owner = self.tree.owner(field);
        if let Some(def) = self.tree.def(field) {
            for parts in &above.provides {
                below(parts, &self.scene.graph[def].name, owner, &mut provides);
            }
        }
        provides.extend(local.provides.as_ref().map(|set| set.parts.clone()));
        let visit = Visit {
            position,
            subgraph: above.subgraph,
            local: local.base,
            entry: Entry::Move { from, field },
            start: above.start,
            level: above.level,
            provides,
        };
        self.state.add(self.tree, visit);
    }

    /// Puts the leaf where it costs nothing, the earliest request first.
    pub(super) fn place_free(&mut self, field: FieldId) -> bool {
        let position = self.tree[field].position;
        let mut found = self.earliest(field);
        if found.is_none() {
            self.spread_all(position);
            found = self.earliest(field);
        }
        if let Some(visit) = found {
            self.state.place(field, visit);
        }
        found.is_some()
    }

    fn earliest(&self, field: FieldId) -> Option<VisitId> {
        let visits = self.state.visits_at(self.tree[field].position).iter().copied();
        visits.filter(|visit| self.resolves(*visit, field)).min_by_key(|visit| self.state.visit(*visit).level)
    }

    fn visit_that_resolves(&self, field: FieldId, subgraph: GraphId) -> Option<VisitId> {
        let visits = self.state.visits_at(self.tree[field].position).iter().copied();
        visits
            .filter(|visit| self.state.visit(*visit).subgraph == subgraph && self.resolves(*visit, field))
            .min_by_key(|visit| self.state.visit(*visit).level)
    }

    /// Whether some visit finds objects of this case.
    pub(super) fn is_available(&mut self, position: PositionId, case: CaseIndex) -> bool {
        self.spread_all(position);
        self.state.visits_at(position).iter().any(|visit| self.covers(*visit, case))
    }

    pub(super) fn covers(&self, visit: VisitId, case: CaseIndex) -> bool {
        let visit = self.state.visit(visit);
        if let Entry::Hop(hop) = &visit.entry
            && matches!(hop.kind, super::HopKind::Concrete | super::HopKind::ToInterfaceObject(_))
            && hop.case != case
        {
            return false;
        }
        self.scene.graph.covers(visit.local, visit.subgraph, self.tree[visit.position].cases[case].ty)
    }

    /// Whether a visit answers a field of its position without another request.
    pub(super) fn resolves(&self, visit: VisitId, field: FieldId) -> bool {
        let at = &self.tree[field];
        if !self.covers(visit, at.case) {
            return false;
        }
        let graph = self.scene.graph;
        let visit = self.state.visit(visit);
        match &at.kind {
            FieldKind::Typename => !graph.is_interface_object(visit.local, visit.subgraph),
            FieldKind::AnyTypename => true,
            FieldKind::Introspection(_) => false,
            FieldKind::Selected { .. } => {
                if let Entry::Root { turn } = visit.entry
                    && turn != self.turn(field)
                {
                    return false;
                }
                self.local_field(field, visit.subgraph).is_some_and(|local| self.grants(visit, field, local))
            }
        }
    }

    fn grants(&self, visit: &Visit, field: FieldId, local: &LocalField) -> bool {
        let as_interface_object = self.scene.graph.is_interface_object(visit.local, visit.subgraph);
        if as_interface_object && (local.via != Some(visit.local) || self.would_harm_others(visit, field)) {
            return false;
        }
        let provided = || {
            let Some(def) = self.tree.def(field) else { return false };
            let mut found = Vec::new();
            for parts in &visit.provides {
                below(parts, &self.scene.graph[def].name, self.tree.owner(field), &mut found);
            }
            !found.is_empty()
        };
        if !local.access.is_open(self.scene.labels) {
            return local.access == Access::External && provided();
        }
        match (&local.requires, &visit.entry) {
            (None, _) => true,
            (Some(_), Entry::Hop(hop)) => hop.requires == Some(field),
            (Some(_), _) => provided(),
        }
    }

    pub(super) fn local_field(&self, field: FieldId, subgraph: GraphId) -> Option<&LocalField> {
        self.scene.graph.local_field(self.tree.def(field)?, subgraph)
    }

    fn is_open(&self, field: FieldId, subgraph: GraphId) -> bool {
        self.local_field(field, subgraph).is_some_and(|local| local.access.is_open(self.scene.labels))
    }

    /// The field, when `subgraph` resolves it on conditions.
    fn requirement_of(&self, field: FieldId, subgraph: GraphId) -> Option<FieldId> {
        let local = self.local_field(field, subgraph)?;
        (local.requires.is_some() && local.access.is_open(self.scene.labels)).then_some(field)
    }

    /// A request for objects found elsewhere; its level follows from what it needs.
    pub(super) fn add_hop(&mut self, position: PositionId, subgraph: GraphId, local: TypeId, hop: Hop) -> VisitId {
        let level = hop
            .inputs
            .iter()
            .filter_map(|input| self.state.placed(*input))
            .map(|visit| self.state.visit(visit).level + 1)
            .max()
            .unwrap_or(0);
        let visit = Visit {
            position,
            subgraph,
            local,
            entry: Entry::Hop(hop.into()),
            start: self.state.next_id(),
            level,
            provides: Vec::new(),
        };
        self.state.add(self.tree, visit)
    }
}
