//! Fields of interface objects that must not be asked of every object, because not every type is asked for them.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use super::{Entry, HopKind, Search, Visit};
use crate::{
    plan::{
        alike::{Asked, is_key},
        graph::TypeId,
        normalise::{CaseIndex, FieldId, PositionId},
    },
    supergraph::{GraphId, TypeKind},
};

/// What the client asks for, type by type: it stays the same while paths are chosen.
#[derive(Debug, Default)]
pub struct Evenness {
    asked: RefCell<HashMap<PositionId, Rc<AskedByType>>>,
    uneven: RefCell<HashMap<FieldId, bool>>,
}

/// For each type that can stand at a place.
type AskedByType = Vec<(TypeId, Asked)>;

impl Search<'_> {
    /// Whether a visit to interface objects would ask the field of objects that can be lost by it. A hop for objects
    /// whose type is known asks only those that want it.
    pub(super) fn would_harm_others(&self, visit: &Visit, field: FieldId) -> bool {
        let knows_types = matches!(&visit.entry, Entry::Hop(hop)
            if matches!(hop.kind, HopKind::ToInterfaceObject(_)) && !hop.is_untyped(self.tree));
        !knows_types && !self.is_stuck && self.is_uneven(field, visit.subgraph)
    }

    /// Whether some field of this case can be asked of interface objects in `subgraph` only once their type is known.
    pub(super) fn needs_real_type(&self, (position, case): (PositionId, CaseIndex), subgraph: GraphId) -> bool {
        let fields = &self.tree[position].cases[case].fields;
        let has = |field: FieldId| self.local_field(field, subgraph).is_some_and(|local| local.via.is_some());
        !self.is_stuck && fields.iter().any(|field| has(*field) && self.is_uneven(*field, subgraph))
    }

    /// Whether a type that can stand beside the field's own is not asked for it, and could be harmed by it. Keys are
    /// asked of every object anyway; what the planner itself needs is not known before paths are chosen.
    fn is_uneven(&self, field: FieldId, subgraph: GraphId) -> bool {
        let at = &self.tree[field];
        let position = &self.tree[at.position];
        let Some(def) = self.tree.def(field).filter(|_| at.response_key.is_some()) else { return false };
        if position.whole || self.scene.graph[position.ty].kind == TypeKind::Object {
            return false;
        }
        if is_key(self.scene.graph, def, subgraph) {
            return false;
        }
        if let Some(known) = self.evenness.uneven.borrow().get(&field) {
            return *known;
        }
        let own = position.cases[at.case].ty;
        let asked = self.asked_by_type(at.position);
        let others = asked.iter().filter(|(ty, _)| *ty != own);
        let uneven = !others.into_iter().all(|(_, asked)| asked.is_unharmed_by(self.scene.graph, self.tree, field));
        self.evenness.uneven.borrow_mut().insert(field, uneven);
        uneven
    }

    fn asked_by_type(&self, position: PositionId) -> Rc<AskedByType> {
        if let Some(known) = self.evenness.asked.borrow().get(&position) {
            return Rc::clone(known);
        }
        let (graph, tree) = (self.scene.graph, &*self.tree);
        let possible = graph[tree[position].ty].possible.iter().copied();
        let occurring = possible.filter(|ty| graph[*ty].visible && self.can_occur(position, *ty));
        let asked = occurring.map(|ty| {
            let case = tree[position].cases.iter().find(|case| case.ty == ty);
            let fields = case.map_or(&[][..], |case| &case.fields).iter().copied();
            (ty, Asked::of(tree, fields.filter(|field| tree[*field].response_key.is_some())))
        });
        let asked: Rc<AskedByType> = Rc::new(asked.collect());
        self.evenness.asked.borrow_mut().insert(position, Rc::clone(&asked));
        asked
    }
}
