//! Which places can be reached from which by keys.
//!
//! A key leads to a subgraph when its fields can be had on this side, which may itself take keys and requirements
//! elsewhere. Both are found as one least fixpoint, so that circular keys and requirements end the search instead
//! of running it forever, and never prove each other.

use std::cell::Cell;

use apollo_compiler::{
    Name,
    collections::{IndexMap, IndexSet},
};

use super::{
    labels::Labels,
    positions::{Position, Step},
    world::{NodeId, World},
};
use crate::supergraph::{FieldJoin, FieldSelection, TypeKind, TypeModel};

#[derive(Debug, Default)]
pub(super) struct Reach<'a> {
    /// Nodes reachable from a node that stands for a type, itself included.
    nodes: IndexMap<(&'a Name, NodeId), IndexSet<NodeId>>,
    /// Requirements that can be met: the type, the node and the field that requires.
    met: IndexSet<(&'a Name, NodeId, &'a Name)>,
    /// How deep keys are followed by provided fields just now.
    depth: Cell<u32>,
}

const MAX_PROVIDED_DEPTH: u32 = 3;

impl<'a> Reach<'a> {
    pub(super) fn new(world: &World<'a>) -> Self {
        let mut reach = Self::default();
        let mut entities: Vec<&'a TypeModel> = Vec::new();
        for ty in world.types.values() {
            let nodes = world.standing(&ty.name);
            let is_root = ty.name == "Query";
            for node in nodes {
                let own = if is_root { nodes.iter().copied().collect() } else { IndexSet::from_iter([*node]) };
                reach.nodes.insert((&ty.name, *node), own);
            }
            if !is_root && !nodes.is_empty() {
                entities.push(ty);
            }
        }
        while reach.grow(world, &entities) {}
        reach
    }

    /// One round; whether anything was found.
    fn grow(&mut self, world: &World<'a>, entities: &[&'a TypeModel]) -> bool {
        let mut has_grown = false;
        for ty in entities {
            for node in world.standing(&ty.name) {
                has_grown |= self.meet_requirements(world, ty, *node);
                if world.standing(&ty.name).len() > 1 {
                    has_grown |= self.follow_keys(world, ty, *node);
                }
            }
        }
        has_grown
    }

    fn meet_requirements(&mut self, world: &World<'a>, ty: &'a TypeModel, node: NodeId) -> bool {
        let at = world.node(node);
        let mut has_grown = false;
        for field in at.ty.fields.values() {
            let Some(requires) = field.join(at.graph).and_then(|join| join.requires.as_ref()) else { continue };
            if self.met.contains(&(&ty.name, node, &field.name)) {
                continue;
            }
            let closed = self.reached(&ty.name, node);
            // What is required is sent along with a key, when the subgraph is asked again.
            if self.can_resolve(world, &ty.name, &requires.selections, &closed)
                && self.has_key_to(world, &ty.name, node, &closed)
            {
                self.met.insert((&ty.name, node, &field.name));
                has_grown = true;
            }
        }
        has_grown
    }

    fn follow_keys(&mut self, world: &World<'a>, ty: &'a TypeModel, node: NodeId) -> bool {
        let mut has_grown = false;
        for target in world.standing(&ty.name) {
            let closed = self.reached(&ty.name, node);
            if closed.iter().any(|position| position.node == *target) {
                continue;
            }
            if self.has_key_to(world, &ty.name, *target, &closed)
                && let Some(reached) = self.nodes.get_mut(&(&ty.name, node))
            {
                has_grown |= reached.insert(*target);
            }
        }
        has_grown
    }

    fn has_key_to(&self, world: &World<'a>, ty: &'a Name, target: NodeId, from: &[Position<'a>]) -> bool {
        let at = world.node(target);
        at.ty
            .keys_in(at.graph)
            .any(|(key, resolvable)| resolvable && self.can_resolve(world, ty, &key.selections, from))
    }

    fn reached(&self, ty: &'a Name, node: NodeId) -> Vec<Position<'a>> {
        self.nodes
            .get(&(ty, node))
            .map_or_else(Vec::new, |nodes| nodes.iter().map(|node| Position::plain(*node)).collect())
    }

    /// Everywhere an object can be read from, once it is met at `positions`.
    pub(super) fn close(&self, world: &World<'a>, ty: &'a Name, positions: &[Position<'a>]) -> Vec<Position<'a>> {
        let mut closed: Vec<Position<'a>> = Vec::new();
        for position in positions {
            if !closed.contains(position) {
                closed.push(position.clone());
            }
            for reached in self.reached(ty, position.node) {
                if !closed.contains(&reached) {
                    closed.push(reached);
                }
            }
        }
        if closed.iter().any(|position| !position.provided.is_empty()) {
            self.close_with_provided(world, ty, &mut closed);
        }
        closed
    }

    /// Provided fields may open keys that the bare nodes do not. Keys that lead through provisions of their own
    /// could nest without end; what lies deeper than the limit is not found.
    fn close_with_provided(&self, world: &World<'a>, ty: &'a Name, closed: &mut Vec<Position<'a>>) {
        if self.depth.get() >= MAX_PROVIDED_DEPTH {
            return;
        }
        self.depth.set(self.depth.get() + 1);
        while let Some(target) = world.standing(ty).iter().copied().find(|target| {
            !closed.iter().any(|position| position.node == *target) && self.has_key_to(world, ty, *target, closed)
        }) {
            closed.push(Position::plain(target));
            for reached in self.reached(ty, target) {
                if !closed.contains(&reached) {
                    closed.push(reached);
                }
            }
        }
        self.depth.set(self.depth.get() - 1);
    }

    /// Whether every field of a selection on `ty` can be had from the (closed) positions.
    fn can_resolve(
        &self,
        world: &World<'a>,
        ty: &'a Name,
        selections: &[FieldSelection],
        closed: &[Position<'a>],
    ) -> bool {
        selections.iter().all(|selection| match selection {
            FieldSelection::Field { name, .. } if name == "__typename" => true,
            FieldSelection::Field { name, selections, .. } => {
                let Some(step) = self.step(world, ty, closed, (name, &Labels::default())) else { return false };
                selections.is_empty()
                    || step.next.iter().all(|(next, positions)| {
                        self.can_resolve(world, next, selections, &self.close(world, next, positions))
                    })
            }
            FieldSelection::Inline { on, selections } => {
                let applies = on.as_ref().is_none_or(|on| {
                    on == ty || world.types.get(on).is_some_and(|condition| condition.possible_types.contains(ty))
                });
                !applies || self.can_resolve(world, ty, selections, closed)
            }
        })
    }

    /// Takes a field from wherever it is resolved, as far as the labels decide; None when it is resolved nowhere.
    pub(super) fn step(
        &self,
        world: &World<'a>,
        ty: &'a Name,
        closed: &[Position<'a>],
        (field, labels): (&str, &Labels<'a>),
    ) -> Option<Step<'a>> {
        let mut step = Step::default();
        let mut is_resolved = false;
        for position in closed {
            let Some((join, provided)) = self.resolve(world, ty, position, (field, labels)) else { continue };
            is_resolved = true;
            let at = world.node(position.node);
            let Some(model) = at.ty.fields.get(field) else { continue };
            let Some(target) = world.types.get(model.ty_in(at.graph).inner_named_type()) else { continue };
            step.is_abstract |= target.is_abstract()
                || world.types.get(model.ty.inner_named_type()).is_some_and(TypeModel::is_abstract);
            let mut below = provided;
            below.extend(join.provides.iter().map(|set| set.selections.as_slice()));
            self.land(world, target, Position { node: position.node, provided: below }, &mut step);
        }
        step.untyped.retain(|name| {
            step.next
                .get(*name)
                .is_none_or(|positions| positions.iter().all(|position| world.node(position.node).is_interface_object))
        });
        is_resolved.then_some(step)
    }

    /// The field at a position, and what of the path's provisions lies below it; None when it is not resolved there.
    pub(super) fn resolve(
        &self,
        world: &World<'a>,
        ty: &'a Name,
        position: &Position<'a>,
        (field, labels): (&str, &Labels<'a>),
    ) -> Option<(&'a FieldJoin, Vec<&'a [FieldSelection]>)> {
        let join = world.join(position.node, field)?;
        let at = world.node(position.node);
        let provided = position.provides(&at.ty.name, field);
        if provided.is_none() && !join.is_resolvable() || !labels.switch_on(join) {
            return None;
        }
        if join.requires.is_some() {
            let name = &at.ty.fields.get(field)?.name;
            if !self.met.contains(&(ty, position.node, name)) {
                return None;
            }
        }
        Some((join, provided.unwrap_or_default()))
    }

    /// Adds the positions that a field of type `target` leads to. `from` is where the field is read, with what the
    /// path provides below it.
    fn land(&self, world: &World<'a>, target: &'a TypeModel, from: Position<'a>, step: &mut Step<'a>) {
        if target.is_leaf() {
            return;
        }
        let graph = world.node(from.node).graph;
        if target.kind == TypeKind::Interface && target.is_interface_object_in(graph) {
            self.land_on_interface_object(world, target, from, step);
            return;
        }
        let possible = world.possible_in(graph, target);
        step.runtime.push((graph, possible.clone()));
        for name in possible {
            if let Some(node) = world.find(graph, name) {
                step.next.entry(name).or_default().push(Position { node, provided: from.provided.clone() });
            }
        }
    }

    /// An interface object does not know its types: a subgraph that does must be asked by a key of the interface.
    fn land_on_interface_object(
        &self,
        world: &World<'a>,
        target: &'a TypeModel,
        from: Position<'a>,
        step: &mut Step<'a>,
    ) {
        let graph = world.node(from.node).graph;
        let Some(object) = world.find(graph, &target.name) else { return };
        let start = Position { node: object, provided: from.provided };
        let knowing = self.close(world, &target.name, std::slice::from_ref(&start));
        for name in &target.possible_types {
            let positions = step.next.entry(name).or_default();
            positions.push(start.clone());
            for known in knowing.iter().map(|position| world.node(position.node)) {
                let is_typed = !known.is_interface_object
                    && world.types.get(name).is_some_and(|ty| ty.implements_in(known.graph, &target.name));
                if let (true, Some(node)) = (is_typed, world.find(known.graph, name)) {
                    positions.push(Position::plain(node));
                }
            }
            step.untyped.push(name);
        }
    }
}
