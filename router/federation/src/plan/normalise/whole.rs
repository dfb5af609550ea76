//! Abstract places that need no expansion.
//!
//! Where the same is selected on every type, and every subgraph that can stand at the place answers all of it
//! alone and through the abstract type, the place is asked for as one. Without this, interfaces within
//! interfaces would multiply: forty types three levels deep are 64,000 cases.

use std::{collections::HashSet, sync::Arc};

use super::{Class, Collected, Normaliser, PlanError, PositionId, Source, TYPENAME, child_sources, class_of};
use crate::{
    plan::graph::{Access, FieldDef, FieldDefId, Graph, KeyPart, KeySelection, TypeId},
    supergraph::GraphId,
};

/// A type as one subgraph answers it.
#[derive(Clone, Copy)]
struct Place {
    subgraph: GraphId,
    ty: TypeId,
    /// Below the place in question.
    below: bool,
}

impl<'d> Normaliser<'d, '_, '_> {
    pub(super) fn is_whole(&mut self, position: PositionId, sources: &[Source<'d>]) -> Result<bool, PlanError> {
        let graph = self.input.graph;
        let ty = self.tree[position].ty;
        let parent = self.tree[position].parent.and_then(|field| self.tree.def(field));
        let Some(parent) = parent.filter(|_| graph.is_abstract(ty)) else { return Ok(false) };
        if graph[ty].possible.len() < 2 || !self.is_alike(ty, sources)? {
            return Ok(false);
        }
        for subgraph in graph.graph_ids() {
            let Some(local) = graph.local_field(parent, subgraph) else { continue };
            let stands = local.base == ty && !graph.is_interface_object(ty, subgraph);
            if !stands
                || !self.is_closed(Place { subgraph, ty, below: false }, sources)?
                || !self.is_sayable(subgraph, ty, sources)?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn fill_whole(&mut self, position: PositionId, sources: &[Source<'d>]) -> Result<(), PlanError> {
        let ty = self.tree[position].ty;
        let collected = self.collect_first(ty, sources)?;
        let case = self.tree.case_for(position, ty);
        self.tree[position].whole = true;
        self.add_fields(position, case, collected)
    }

    /// The same selected on every type, and every type visible.
    fn is_alike(&mut self, ty: TypeId, sources: &[Source<'d>]) -> Result<bool, PlanError> {
        let graph = self.input.graph;
        let mut first: Option<Class> = None;
        for concrete in &graph[ty].possible {
            let class = class_of(&self.collect_all(sources, *concrete)?);
            if !graph[*concrete].visible || first.get_or_insert_with(|| class.clone()) != &class {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// All that is selected is answered by this subgraph for every type it can say here; further down, one hop
    /// by a key at hand is fine too, because there the types are known.
    fn is_closed(&mut self, place: Place, sources: &[Source<'d>]) -> Result<bool, PlanError> {
        let graph = self.input.graph;
        let local = graph.local_type(place.ty, place.subgraph).filter(|local| !local.is_interface_object);
        let Some(local) = local else { return Ok(false) };
        let mut looked_into: HashSet<(Class, GraphId, TypeId)> = HashSet::new();
        for concrete in &local.possible {
            let collected = self.collect_all(sources, *concrete)?;
            for occurrences in collected.values().filter(|occurrences| occurrences[0].field.name != TYPENAME) {
                let def = graph.field(*concrete, &occurrences[0].field.name);
                let Some(found) = def.and_then(|def| find(graph, place, (*concrete, def))) else { return Ok(false) };
                let class =
                    occurrences.iter().map(|one| (super::address(one.field), one.conjunction.clone())).collect();
                if !graph.is_leaf(found.ty)
                    && looked_into.insert((class, found.subgraph, found.ty))
                    && !self.is_closed(found, &child_sources(occurrences))?
                {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// The abstract type itself has the fields, in this subgraph, and no type behind it is stricter about nulls: what
    /// the client gets for a null is said by the type that stands there.
    fn is_sayable(&mut self, subgraph: GraphId, ty: TypeId, sources: &[Source<'d>]) -> Result<bool, PlanError> {
        let graph = self.input.graph;
        let collected = self.collect_first(ty, sources)?;
        Ok(collected.values().map(|occurrences| &occurrences[0].field.name).all(|name| {
            let def = || graph.field(ty, name);
            name == TYPENAME
                || def().is_some_and(|def| open_field(graph, def, subgraph).is_some() && is_null_alike(graph, ty, def))
        }))
    }

    fn collect_first(&mut self, ty: TypeId, sources: &[Source<'d>]) -> Result<Collected<'d>, PlanError> {
        let first = self.input.graph[ty].possible.first().copied().unwrap_or(ty);
        self.collect_all(sources, first)
    }
}

fn is_null_alike(graph: &Graph, ty: TypeId, def: FieldDefId) -> bool {
    let FieldDef { name, wrappers, .. } = &graph[def];
    let mut own = graph[ty].possible.iter().filter_map(|concrete| graph.field(*concrete, name));
    own.all(|own| graph[own].wrappers == *wrappers)
}

/// Where a field is answered from `place`: there, or one hop away.
fn find(graph: &Graph, place: Place, (concrete, def): (TypeId, FieldDefId)) -> Option<Place> {
    if let Some(ty) = open_field(graph, def, place.subgraph) {
        return Some(Place { subgraph: place.subgraph, ty, below: true });
    }
    let others = graph.graph_ids().filter(|_| place.below);
    others.filter(|other| *other != place.subgraph).find_map(|other| {
        let ty = open_field(graph, def, other)?;
        let keys = &graph.local_type(concrete, other)?.keys;
        let at_hand = |key: &Arc<KeySelection>| has_parts(graph, place.subgraph, concrete, &key.parts);
        keys.iter().any(at_hand).then_some(Place { subgraph: other, ty, below: true })
    })
}

/// Whether a subgraph answers a whole key.
fn has_parts(graph: &Graph, subgraph: GraphId, concrete: TypeId, parts: &[KeyPart]) -> bool {
    parts.iter().all(|part| match part {
        KeyPart::On { .. } => false,
        KeyPart::Field { name, parts, .. } => {
            let base = graph.field(concrete, name).and_then(|def| open_field(graph, def, subgraph));
            base.is_some_and(|base| parts.is_empty() || has_parts(graph, subgraph, base, parts))
        }
    })
}

/// The type of a field that a subgraph answers unconditionally.
fn open_field(graph: &Graph, def: FieldDefId, subgraph: GraphId) -> Option<TypeId> {
    let local = graph.local_field(def, subgraph)?;
    (local.access == Access::Open && local.requires.is_none() && local.via.is_none()).then_some(local.base)
}
