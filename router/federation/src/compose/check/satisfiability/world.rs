//! The places of a supergraph: each type in each subgraph, and which places can stand for which type.

use apollo_compiler::{Name, collections::IndexMap};

use crate::supergraph::{FieldJoin, GraphId, SubgraphEntry, TypeKind, TypeModel};

/// Index of a [`Node`].
pub(super) type NodeId = u32;

/// A type in a subgraph.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) graph: GraphId,
    pub(super) ty: &'a TypeModel,
    pub(super) is_interface_object: bool,
}

pub(super) struct World<'a> {
    pub(super) types: &'a IndexMap<Name, TypeModel>,
    pub(super) subgraphs: &'a [SubgraphEntry],
    pub(super) nodes: Vec<Node<'a>>,
    index: IndexMap<(GraphId, &'a Name), NodeId>,
    standing: IndexMap<&'a Name, Vec<NodeId>>,
}

impl<'a> World<'a> {
    pub(super) fn new(types: &'a IndexMap<Name, TypeModel>, subgraphs: &'a [SubgraphEntry]) -> Self {
        let mut world =
            Self { types, subgraphs, nodes: Vec::new(), index: IndexMap::default(), standing: IndexMap::default() };
        for ty in types.values() {
            if matches!(ty.kind, TypeKind::Object | TypeKind::Interface) {
                for graph in ty.graphs() {
                    world.add_node(graph, ty);
                }
            }
        }
        for ty in types.values().filter(|ty| ty.kind == TypeKind::Object) {
            world.add_interface_objects(ty);
        }
        world
    }

    fn add_node(&mut self, graph: GraphId, ty: &'a TypeModel) {
        let id = NodeId::try_from(self.nodes.len()).unwrap_or(NodeId::MAX);
        let is_interface_object = ty.kind == TypeKind::Interface && ty.is_interface_object_in(graph);
        self.nodes.push(Node { graph, ty, is_interface_object });
        self.index.insert((graph, &ty.name), id);
        self.standing.entry(&ty.name).or_default().push(id);
    }

    /// An object can also be met as the interface object of any of its interfaces.
    fn add_interface_objects(&mut self, ty: &'a TypeModel) {
        let interfaces = ty.implements.iter().filter_map(|join| self.types.get(&join.interface));
        let mut found: Vec<NodeId> = Vec::new();
        for interface in interfaces {
            let objects = interface.graphs().into_iter().filter(|graph| interface.is_interface_object_in(*graph));
            found.extend(objects.filter_map(|graph| self.find(graph, &interface.name)));
        }
        let standing = self.standing.entry(&ty.name).or_default();
        standing.extend(found);
        standing.sort_unstable();
        standing.dedup();
    }

    pub(super) fn node(&self, id: NodeId) -> Node<'a> {
        self.nodes[id as usize]
    }

    pub(super) fn find(&self, graph: GraphId, ty: &Name) -> Option<NodeId> {
        self.index.get(&(graph, ty)).copied()
    }

    /// The nodes at which an object of type `ty` can be met.
    pub(super) fn standing(&self, ty: &Name) -> &[NodeId] {
        self.standing.get(ty).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn graph_name(&self, graph: GraphId) -> &str {
        self.subgraphs.get(graph.0 as usize).map(|entry| &*entry.name).unwrap_or_default()
    }

    /// The field as a node has it, whether it resolves it or not.
    pub(super) fn join(&self, node: NodeId, field: &str) -> Option<&'a FieldJoin> {
        let node = self.node(node);
        node.ty.fields.get(field)?.join(node.graph)
    }

    /// Object types that a value of `ty` can have in `graph`.
    pub(super) fn possible_in(&self, graph: GraphId, ty: &'a TypeModel) -> Vec<&'a Name> {
        match ty.kind {
            TypeKind::Union => ty.members.iter().filter(|join| join.graph == graph).map(|join| &join.member).collect(),
            TypeKind::Interface => ty
                .possible_types
                .iter()
                .filter(|name| self.types.get(*name).is_some_and(|object| object.implements_in(graph, &ty.name)))
                .collect(),
            _ => vec![&ty.name],
        }
    }
}
