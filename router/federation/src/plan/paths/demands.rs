//! What has to be satisfied, in order, and how one demand is.

use super::{Goal, Outcome, Search, Way};
use crate::{
    plan::{
        PlanError,
        graph::TypeId,
        normalise::{CaseIndex, FieldId, FieldKind, PositionId},
    },
    supergraph::{GraphId, TypeKind},
};

#[derive(Debug, Clone, Copy)]
pub enum Demand {
    /// Ask for everything that is selected at a position.
    Enter(PositionId),
    /// The leaf must be answered by some visit.
    Leaf(FieldId),
    /// Some visit must find objects of this case.
    Establish(PositionId, CaseIndex),
}

/// Demands still to be met: a stack that can be rewound, because its cells are never overwritten.
#[derive(Debug, Default)]
pub struct Agenda {
    cells: Vec<(Demand, Cursor)>,
    top: Cursor,
}

/// A place in the agenda: the cell on top, if any.
pub type Cursor = Option<u32>;

impl Agenda {
    pub fn push(&mut self, demand: Demand) {
        self.cells.push((demand, self.top));
        self.top = Some(self.cells.len() as u32 - 1);
    }

    pub fn pop(&mut self) -> Option<Demand> {
        let (demand, below) = self.cells[self.top? as usize];
        self.top = below;
        Some(demand)
    }

    pub fn cursor(&self) -> Cursor {
        self.top
    }

    pub fn rewind(&mut self, cursor: Cursor) {
        self.top = cursor;
    }
}

impl Search<'_> {
    pub(super) fn satisfy(&mut self, demand: Demand) -> Result<Outcome, PlanError> {
        match demand {
            Demand::Enter(position) => {
                self.enter(position);
                Ok(Outcome::Done)
            }
            Demand::Leaf(field) => self.leaf(field),
            Demand::Establish(position, case) => self.establish(position, case),
        }
    }

    /// Leaves first, those with the fewest subgraphs first: they decide where the others can go for free.
    fn enter(&mut self, position: PositionId) {
        let mut leaves: Vec<(usize, FieldId)> = Vec::new();
        let mut children: Vec<PositionId> = Vec::new();
        let needs_typename = self.needs_typename(position);
        // A whole place has one case of the client's; others are requirements.
        let cases = if self.tree[position].whole { 1 } else { self.tree[position].cases.len() };
        let mut entered = self.tree[position].whole;
        for case in 0..cases {
            let concrete = self.tree[position].cases[case].ty;
            if !self.scene.graph[concrete].visible || !self.can_occur(position, concrete) {
                continue;
            }
            entered = true;
            let (mut asked, mut typename) = (false, needs_typename);
            for index in 0..self.tree[position].cases[case].fields.len() {
                let id = self.tree[position].cases[case].fields[index];
                if self.tree[id].response_key.is_none() {
                    continue;
                }
                match &self.tree[id].kind {
                    FieldKind::Selected { child: Some(child), .. } => {
                        children.push(*child);
                        asked |= self.may_hold(*child);
                    }
                    FieldKind::Selected { .. } => {
                        leaves.push((self.candidates(id).len(), id));
                        asked = true;
                    }
                    FieldKind::Typename | FieldKind::AnyTypename => {
                        typename |= self.scene.graph.is_abstract(self.tree[position].ty);
                    }
                    FieldKind::Introspection(_) => {}
                }
            }
            // Something must be asked of every object, or nobody would know whether it is there.
            if typename || !asked && self.tree[position].parent.is_some() {
                leaves.push((0, self.tree.typename(position, case, FieldKind::Typename)));
            }
        }
        if !entered {
            leaves.extend(self.hidden_presence(position).into_iter().map(|leaf| (0, leaf)));
        }
        leaves.sort_by_key(|(candidates, _)| *candidates);
        for child in children.into_iter().rev() {
            self.agenda.push(Demand::Enter(child));
        }
        for (_, leaf) in leaves.into_iter().rev() {
            self.agenda.push(Demand::Leaf(leaf));
        }
    }

    /// Whether any object can stand here: subgraphs may agree on no type at all.
    fn may_hold(&self, position: PositionId) -> bool {
        let possible = &self.scene.graph[self.tree[position].ty].possible;
        possible.iter().any(|concrete| self.can_occur(position, *concrete))
    }

    /// Where only types can stand that clients may not see, it must be known all the same whether something does.
    fn hidden_presence(&mut self, position: PositionId) -> Vec<FieldId> {
        let possible = self.scene.graph[self.tree[position].ty].possible.clone();
        let occurring: Vec<TypeId> = possible.into_iter().filter(|ty| self.can_occur(position, *ty)).collect();
        let mut leaves = Vec::with_capacity(occurring.len());
        for concrete in occurring {
            let case = self.tree.case_for(position, concrete);
            leaves.push(self.tree.typename(position, case, FieldKind::Typename));
        }
        leaves
    }

    /// Whether the answer cannot be written without knowing the type of what stands here.
    fn needs_typename(&self, position: PositionId) -> bool {
        let graph = self.scene.graph;
        let at = &self.tree[position];
        at.discriminated || graph[at.ty].possible.iter().any(|concrete| !graph[*concrete].visible)
    }

    fn leaf(&mut self, field: FieldId) -> Result<Outcome, PlanError> {
        self.budget.step()?;
        self.state.demand(field);
        if self.state.placed(field).is_some() || self.place_free(field) {
            return Ok(Outcome::Done);
        }
        let ways = self.ways_to_place(field)?;
        if !ways.is_empty() {
            return Ok(self.take_only(ways));
        }
        let (position, case) = (self.tree[field].position, self.tree[field].case);
        if self.is_available(position, case) || self.tree[position].parent.is_none() {
            return self.when_stuck(field, |search| search.ways_to_place(field));
        }
        self.agenda.push(Demand::Leaf(field));
        self.agenda.push(Demand::Establish(position, case));
        Ok(Outcome::Done)
    }

    fn establish(&mut self, position: PositionId, case: CaseIndex) -> Result<Outcome, PlanError> {
        self.budget.step()?;
        if self.is_available(position, case) {
            return Ok(Outcome::Done);
        }
        let Some(parent) = self.tree[position].parent else { return Ok(Outcome::Done) };
        let ways = self.ways_to_establish(position, case)?;
        if !ways.is_empty() {
            return Ok(self.take_only(ways));
        }
        let (above, above_case) = (self.tree[parent].position, self.tree[parent].case);
        if self.is_available(above, above_case) || self.tree[above].parent.is_none() {
            return self.when_stuck(parent, |search| search.ways_to_establish(position, case));
        }
        self.agenda.push(Demand::Establish(position, case));
        self.agenda.push(Demand::Establish(above, above_case));
        Ok(Outcome::Done)
    }

    /// Looks once more, by ways that are otherwise passed over; `field` cannot be had when there are none either.
    fn when_stuck(
        &mut self,
        field: FieldId,
        find: impl FnOnce(&mut Self) -> Result<Vec<Way>, PlanError>,
    ) -> Result<Outcome, PlanError> {
        self.is_stuck = true;
        let ways = find(self);
        self.is_stuck = false;
        let ways = ways?;
        Ok(if ways.is_empty() { self.without(field) } else { self.take_only(ways) })
    }

    /// Nobody can be asked for the field. That is a fault, unless the object it is on can never be there: all who
    /// resolve a shared field tell the same, so what one of them cannot tell, none of them does.
    fn without(&self, field: FieldId) -> Outcome {
        let mut next = Some(field);
        while let Some(id) = next {
            let position = self.tree[id].position;
            next = self.tree[position].parent;
            if next.is_some_and(|parent| !self.all_produce(parent, self.tree.owner(id))) {
                return Outcome::Done;
            }
        }
        Outcome::Impossible(field)
    }

    fn all_produce(&self, parent: FieldId, concrete: TypeId) -> bool {
        let graph = self.scene.graph;
        if self.tree.child(parent).is_some_and(|child| self.tree[child].whole) {
            return true;
        }
        let owners = graph.graph_ids().filter(|subgraph| self.owns(parent, *subgraph));
        owners.into_iter().all(|subgraph| self.produces(parent, subgraph, concrete))
    }

    /// Whether the subgraph resolves the field: not external there, nor taken from it by an override.
    fn owns(&self, field: FieldId, subgraph: GraphId) -> bool {
        let local = self.tree.def(field).and_then(|def| self.scene.graph.local_field(def, subgraph));
        local.is_some_and(|local| local.access.is_open(self.scene.labels))
    }

    fn take_only(&mut self, mut ways: Vec<Way>) -> Outcome {
        if ways.len() == 1
            && let Some(way) = ways.pop()
        {
            self.state.redo(way.delta);
            return Outcome::Done;
        }
        Outcome::Ways(ways)
    }

    /// Every subgraph that can answer the leaf, each by its cheapest way from here; the best first.
    pub(super) fn ways_to_place(&mut self, field: FieldId) -> Result<Vec<Way>, PlanError> {
        if self.in_progress.contains(&Goal::Place(field)) {
            return Ok(Vec::new());
        }
        let at = (self.tree[field].position, self.tree[field].case);
        let mut ways = Vec::new();
        self.in_progress.push(Goal::Place(field));
        for subgraph in self.candidates(field) {
            self.budget.step()?;
            let mark = self.state.mark();
            if let Some(visit) = self.reach(field, subgraph) {
                self.state.place(field, visit);
                let cost = self.state.spent_since(mark);
                ways.push(Way { delta: self.state.undo(mark), cost, subgraph });
            } else {
                self.state.undo(mark);
            }
        }
        self.in_progress.pop();
        Ok(self.rank(at, ways))
    }

    pub(super) fn ways_to_establish(&mut self, position: PositionId, case: CaseIndex) -> Result<Vec<Way>, PlanError> {
        let Some(parent) = self.tree[position].parent else { return Ok(Vec::new()) };
        let concrete = self.tree[position].cases[case].ty;
        let mut ways = Vec::new();
        for subgraph in self.candidates(parent) {
            self.budget.step()?;
            let mark = self.state.mark();
            let reached = self.produces(parent, subgraph, concrete) && self.reach(parent, subgraph).is_some();
            self.spread(position, subgraph);
            if reached && self.is_available(position, case) {
                let cost = self.state.spent_since(mark);
                ways.push(Way { delta: self.state.undo(mark), cost, subgraph });
            } else {
                self.state.undo(mark);
            }
        }
        Ok(self.rank((position, case), ways))
    }

    /// Subgraphs that have the field, whatever it takes to ask them.
    pub(super) fn candidates(&self, field: FieldId) -> Vec<GraphId> {
        let graph = self.scene.graph;
        match self.tree.def(field) {
            Some(def) => graph.graph_ids().filter(|subgraph| graph.local_field(def, *subgraph).is_some()).collect(),
            None => {
                let owner = self.tree.owner(field);
                graph.graph_ids().filter(|subgraph| graph.local_type(owner, *subgraph).is_some()).collect()
            }
        }
    }

    /// Whether some subgraph that finds objects here can find one of this type. What a subgraph says of a field that
    /// is external there, or that an override took from it, does not count: its owner's word does.
    pub(super) fn can_occur(&self, position: PositionId, concrete: TypeId) -> bool {
        let Some(parent) = self.tree[position].parent else { return true };
        if self.scene.graph[self.tree[position].ty].kind == TypeKind::Object {
            return true;
        }
        let mut subgraphs = self.scene.graph.graph_ids();
        subgraphs.any(|subgraph| self.owns(parent, subgraph) && self.produces(parent, subgraph, concrete))
    }

    pub(super) fn produces(&self, parent: FieldId, subgraph: GraphId, concrete: TypeId) -> bool {
        let graph = self.scene.graph;
        let local = self.tree.def(parent).and_then(|def| graph.local_field(def, subgraph));
        local.is_some_and(|local| graph.covers(local.base, subgraph, concrete))
    }
}
