//! Fields of interface objects that must not be asked of every object, because not every type is asked for them.

use super::{Entry, Hop, HopKind, Search, Visit};
use crate::{
    plan::{
        alike::is_harmless,
        graph::{KeyPart, TypeId},
        normalise::{CaseIndex, FieldId, FieldKind, PositionId},
    },
    supergraph::{GraphId, TypeKind},
};

impl Search<'_> {
    /// Whether a visit to interface objects would ask the field of objects that can be lost by it. A hop for objects
    /// whose type is known asks only those that want it.
    pub(super) fn would_harm_others(&self, visit: &Visit, field: FieldId) -> bool {
        let knows_types = matches!(&visit.entry, Entry::Hop(hop)
            if matches!(hop.kind, HopKind::ToInterfaceObject(_)) && !self.is_sent_untyped(hop));
        !knows_types && !self.is_stuck && self.is_uneven(field, (visit.local, visit.subgraph))
    }

    /// Whether some field of this case can be asked of interface objects in `subgraph` only once their type is known.
    pub(super) fn needs_real_type(&self, (position, case): (PositionId, CaseIndex), subgraph: GraphId) -> bool {
        let fields = &self.tree[position].cases[case].fields;
        !self.is_stuck
            && fields.iter().any(|field| {
                let via = self.local_field(*field, subgraph).and_then(|local| local.via);
                via.is_some_and(|interface| self.is_uneven(*field, (interface, subgraph)))
            })
    }

    /// Whether a type that can stand beside the field's own is not asked for it, and could be harmed by it. Its keys are
    /// asked of every object anyway.
    fn is_uneven(&self, field: FieldId, (interface, subgraph): (TypeId, GraphId)) -> bool {
        let (graph, tree) = (self.scene.graph, &*self.tree);
        let at = &tree[field];
        let Some(def) = tree.def(field).filter(|_| at.response_key.is_some()) else { return false };
        let keys = graph.local_type(interface, subgraph).map_or(&[][..], |local| &local.keys);
        if keys.iter().any(|key| key.parts.iter().any(|part| is_named(part, &graph[def].name))) {
            return false;
        }
        let position = &tree[at.position];
        let others = graph[position.ty].possible.iter().filter(|ty| {
            **ty != position.cases[at.case].ty && graph[**ty].visible && self.can_occur(at.position, **ty)
        });
        let asked_of = |ty: &TypeId| {
            let case = position.cases.iter().find(|case| case.ty == *ty);
            let asked = case.map_or(&[][..], |case| &case.fields).iter().copied();
            asked.filter(|field| tree[*field].response_key.is_some()).collect::<Vec<_>>()
        };
        graph[position.ty].kind != TypeKind::Object
            && !position.whole
            && !others.into_iter().all(|ty| is_harmless(graph, tree, field, &asked_of(ty)))
    }

    /// Whether the objects are sent by whatever name a subgraph had for them.
    fn is_sent_untyped(&self, hop: &Hop) -> bool {
        hop.inputs.iter().any(|input| matches!(self.tree[*input].kind, FieldKind::AnyTypename))
    }
}

fn is_named(part: &KeyPart, field: &str) -> bool {
    matches!(part, KeyPart::Field { name, .. } if **name == *field)
}
