//! The (type, subgraph) graph that plans are walked on. Built once for a supergraph, then only read.
//!
//! A node is a type in a subgraph (`LocalType`). Its edges:
//! - field: a field of the type in that subgraph (`LocalField`), with what it requires and provides;
//! - key: into any subgraph that resolves one of the type's keys;
//! - interface object: into a subgraph that holds the type's interface as one object type, and back;
//! - abstract: from an interface or union to its possible types in that subgraph;
//! - root re-entry: the query type is entered anew in any subgraph, without a key.

mod build;
pub mod selections;

use std::{
    collections::{BTreeSet, HashMap},
    ops::Index,
    sync::Arc,
};

use super::nodes::Wrapper;
use crate::supergraph::{GraphId, TypeKind};
pub use selections::{Arguments, KeyPart, KeySelection};

/// A type of the supergraph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId(pub u32);

/// A field of an object or interface type of the supergraph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldDefId(pub u32);

#[derive(Debug)]
pub struct Graph {
    /// Names by `GraphId`.
    pub subgraphs: Vec<Arc<str>>,
    types: Vec<TypeNode>,
    fields: Vec<FieldDef>,
    ids: HashMap<Arc<str>, TypeId>,
    pub query: TypeId,
    pub mutation: Option<TypeId>,
    pub subscription: Option<TypeId>,
}

#[derive(Debug)]
pub struct TypeNode {
    pub name: Arc<str>,
    pub kind: TypeKind,
    /// In the API schema.
    pub visible: bool,
    /// Concrete types, itself for an object; over all subgraphs.
    pub possible: Vec<TypeId>,
    /// Interfaces that an object implements, over all subgraphs.
    pub interfaces: Vec<TypeId>,
    pub fields: HashMap<Arc<str>, FieldDefId>,
    /// By subgraph.
    pub locals: Vec<Option<LocalType>>,
    /// Enum values that clients may see.
    pub values: Vec<Arc<str>>,
}

/// A type as one subgraph has it.
#[derive(Debug)]
pub struct LocalType {
    pub is_interface_object: bool,
    /// Keys by which the subgraph resolves a reference.
    pub keys: Vec<Arc<KeySelection>>,
    /// Concrete types that an object of this type can be, coming from this subgraph.
    pub possible: Vec<TypeId>,
}

#[derive(Debug)]
pub struct FieldDef {
    pub name: Arc<str>,
    pub wrappers: Arc<[Wrapper]>,
    /// The named type inside the wrappers.
    pub base: TypeId,
    /// Equal for fields whose type is written alike in every subgraph: only these may share a response key.
    pub shape: u32,
    /// By subgraph.
    pub locals: Vec<Option<LocalField>>,
}

/// A field as one subgraph has it.
#[derive(Debug, Clone)]
pub struct LocalField {
    /// The named type in this subgraph.
    pub base: TypeId,
    pub access: Access,
    pub requires: Option<Arc<KeySelection>>,
    pub provides: Option<Arc<KeySelection>>,
    /// The interface that stands for the type here (`@interfaceObject`).
    pub via: Option<TypeId>,
}

/// Whether a subgraph resolves a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    Open,
    /// Only on a path that provides it.
    External,
    /// A progressive override: only while the label is on (or off).
    Labelled {
        label: Arc<str>,
        when: bool,
    },
}

impl Access {
    /// Whether the field can be asked for on every path, with these labels on.
    pub fn is_open(&self, labels: &BTreeSet<Arc<str>>) -> bool {
        match self {
            Self::Open => true,
            Self::External => false,
            Self::Labelled { label, when } => labels.contains(label) == *when,
        }
    }
}

impl Index<TypeId> for Graph {
    type Output = TypeNode;

    fn index(&self, id: TypeId) -> &TypeNode {
        &self.types[id.0 as usize]
    }
}

impl Index<FieldDefId> for Graph {
    type Output = FieldDef;

    fn index(&self, id: FieldDefId) -> &FieldDef {
        &self.fields[id.0 as usize]
    }
}

impl Graph {
    pub fn type_id(&self, name: &str) -> Option<TypeId> {
        self.ids.get(name).copied()
    }

    pub fn graph_ids(&self) -> impl Iterator<Item = GraphId> + use<> {
        (0..self.subgraphs.len()).map(|index| GraphId(index as u32))
    }

    pub fn local_type(&self, ty: TypeId, graph: GraphId) -> Option<&LocalType> {
        self[ty].locals[graph.0 as usize].as_ref()
    }

    pub fn local_field(&self, field: FieldDefId, graph: GraphId) -> Option<&LocalField> {
        self[field].locals[graph.0 as usize].as_ref()
    }

    pub fn field(&self, ty: TypeId, name: &str) -> Option<FieldDefId> {
        self[ty].fields.get(name).copied()
    }

    pub fn is_leaf(&self, ty: TypeId) -> bool {
        matches!(self[ty].kind, TypeKind::Scalar | TypeKind::Enum)
    }

    pub fn is_abstract(&self, ty: TypeId) -> bool {
        matches!(self[ty].kind, TypeKind::Interface | TypeKind::Union)
    }

    pub fn is_interface_object(&self, ty: TypeId, graph: GraphId) -> bool {
        self.local_type(ty, graph).is_some_and(|local| local.is_interface_object)
    }

    /// Whether an object that `graph` types as `local` can be a `concrete`, seen from the supergraph.
    pub fn covers(&self, local: TypeId, graph: GraphId, concrete: TypeId) -> bool {
        local == concrete
            || self.local_type(local, graph).is_some_and(|node| {
                if node.is_interface_object {
                    self[local].possible.contains(&concrete)
                } else {
                    node.possible.contains(&concrete)
                }
            })
    }
}
