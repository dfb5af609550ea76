//! What has been chosen so far, with an undo log: the search goes forward and back on one state.

use std::{collections::HashMap, rc::Rc};

use super::{FETCH_COST, JOINED_COST, LEVEL_COST, MOVE_COST};
use crate::{
    plan::{
        graph::{TypeId, selections::Parts},
        nodes::RepresentationField,
        normalise::{CaseIndex, FieldId, FieldKind, PositionId, Tree, scopes::ScopeId},
    },
    supergraph::GraphId,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VisitId(pub u32);

/// A position as one subgraph answers it.
#[derive(Debug, Clone)]
pub struct Visit {
    pub position: PositionId,
    pub subgraph: GraphId,
    /// The type of the place in that subgraph.
    pub local: TypeId,
    pub entry: Entry,
    /// The root or hop that starts the request this visit is part of.
    pub start: VisitId,
    /// How many requests must be answered before this one.
    pub level: u32,
    /// External fields that the path to this visit provides.
    pub provides: Vec<Parts>,
}

/// How a visit begins.
#[derive(Debug, Clone)]
pub enum Entry {
    /// The operation's root; `turn` keeps mutation fields apart.
    Root {
        turn: usize,
    },
    /// A field of another visit of the same subgraph.
    Move {
        from: VisitId,
        field: FieldId,
    },
    Hop(Rc<Hop>),
}

/// A new request for objects that other requests have found.
#[derive(Debug)]
pub struct Hop {
    pub case: CaseIndex,
    pub kind: HopKind,
    /// Data that must be there first.
    pub inputs: Vec<FieldId>,
    /// How the representation is read from the data; empty for `HopKind::Query`.
    pub representation: Vec<RepresentationField>,
    /// The field whose @requires this hop satisfies.
    pub requires: Option<FieldId>,
}

impl Hop {
    /// Whether objects are sent by whatever name a subgraph had for them, be it that of an interface.
    pub fn is_untyped(&self, tree: &Tree) -> bool {
        self.inputs.iter().any(|input| matches!(tree[*input].kind, FieldKind::AnyTypename))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HopKind {
    /// By a key of the concrete type.
    Concrete,
    /// Into a subgraph that holds the type's interface as one object.
    ToInterfaceObject(TypeId),
    /// Out of interface objects, into a subgraph that knows the real types.
    ToInterface(TypeId),
    /// The query type, entered anew.
    Query,
}

/// How far the state had come.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    visits: usize,
    placed: usize,
    demanded: usize,
    spent: u64,
}

/// What was done since a mark, to be done again.
#[derive(Debug, Default)]
pub struct Delta {
    visits: Vec<(Visit, u64, ScopeId)>,
    placed: Vec<(FieldId, VisitId)>,
    demanded: Vec<FieldId>,
}

#[derive(Debug, Clone, Default)]
pub struct State {
    visits: Vec<Visit>,
    /// Cost and scope of each visit, for undoing.
    charges: Vec<(u64, ScopeId)>,
    at: Vec<Vec<VisitId>>,
    placed: Vec<Option<VisitId>>,
    placed_log: Vec<FieldId>,
    /// Leaves that the answer needs, be it for its shape.
    demanded: Vec<FieldId>,
    /// Hops for one data path into one subgraph.
    hops: HashMap<(ScopeId, GraphId), u32>,
    spent: u64,
}

impl State {
    pub fn spent(&self) -> u64 {
        self.spent
    }

    pub fn visit(&self, id: VisitId) -> &Visit {
        &self.visits[id.0 as usize]
    }

    pub fn visit_count(&self) -> usize {
        self.visits.len()
    }

    pub fn visits_at(&self, position: PositionId) -> &[VisitId] {
        self.at.get(position.0 as usize).map_or(&[], Vec::as_slice)
    }

    pub fn placed(&self, field: FieldId) -> Option<VisitId> {
        self.placed.get(field.0 as usize).copied().flatten()
    }

    pub fn demanded(&self) -> &[FieldId] {
        &self.demanded
    }

    pub fn place(&mut self, field: FieldId, visit: VisitId) {
        let index = field.0 as usize;
        if self.placed.len() <= index {
            self.placed.resize(index + 1, None);
        }
        if self.placed[index].is_none() {
            self.placed[index] = Some(visit);
            self.placed_log.push(field);
        }
    }

    pub fn demand(&mut self, field: FieldId) {
        self.demanded.push(field);
    }

    pub fn next_id(&self) -> VisitId {
        VisitId(self.visits.len() as u32)
    }

    /// Adds a visit and pays for it.
    pub fn add(&mut self, tree: &Tree, visit: Visit) -> VisitId {
        let scope = tree[visit.position].scope;
        let cost = match &visit.entry {
            Entry::Move { .. } => MOVE_COST,
            Entry::Root { .. } => FETCH_COST,
            Entry::Hop(_) if self.hops.get(&(scope, visit.subgraph)).is_some_and(|count| *count > 0) => JOINED_COST,
            Entry::Hop(_) => FETCH_COST + LEVEL_COST * u64::from(visit.level),
        };
        self.push(visit, cost, scope)
    }

    pub fn mark(&self) -> Mark {
        Mark {
            visits: self.visits.len(),
            placed: self.placed_log.len(),
            demanded: self.demanded.len(),
            spent: self.spent,
        }
    }

    pub fn spent_since(&self, mark: Mark) -> u64 {
        self.spent.saturating_sub(mark.spent)
    }

    /// Takes back everything since `mark`, and returns it.
    pub fn undo(&mut self, mark: Mark) -> Delta {
        let mut delta = Delta { demanded: self.demanded.split_off(mark.demanded), ..Delta::default() };
        for field in self.placed_log.split_off(mark.placed) {
            if let Some(visit) = self.placed[field.0 as usize].take() {
                delta.placed.push((field, visit));
            }
        }
        while self.visits.len() > mark.visits {
            let (Some(visit), Some((cost, scope))) = (self.visits.pop(), self.charges.pop()) else { break };
            self.at[visit.position.0 as usize].pop();
            if matches!(visit.entry, Entry::Hop(_))
                && let Some(count) = self.hops.get_mut(&(scope, visit.subgraph))
            {
                *count -= 1;
            }
            delta.visits.push((visit, cost, scope));
        }
        delta.visits.reverse();
        self.spent = mark.spent;
        delta
    }

    /// Does again what was taken back; the state must be as it was at the mark.
    pub fn redo(&mut self, delta: Delta) {
        for (visit, cost, scope) in delta.visits {
            self.push(visit, cost, scope);
        }
        for (field, visit) in delta.placed {
            self.place(field, visit);
        }
        self.demanded.extend(delta.demanded);
    }

    fn push(&mut self, visit: Visit, cost: u64, scope: ScopeId) -> VisitId {
        let id = self.next_id();
        let position = visit.position.0 as usize;
        if self.at.len() <= position {
            self.at.resize(position + 1, Vec::new());
        }
        self.at[position].push(id);
        if matches!(visit.entry, Entry::Hop(_)) {
            *self.hops.entry((scope, visit.subgraph)).or_default() += 1;
        }
        self.visits.push(visit);
        self.charges.push((cost, scope));
        self.spent += cost;
        id
    }
}
