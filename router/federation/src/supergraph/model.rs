//! The supergraph as values: which subgraph has which type and field, and on what conditions.
//!
//! This is the `join__*` metadata of the supergraph SDL with its shorthands written out: a field without
//! `@join__field` is listed once for each subgraph of its type, so that a reader never has to know the rule.
//! Types and fields that are `@inaccessible` are here too (keys and requirements may use them); only the API
//! schema hides them.

use std::sync::Arc;

use apollo_compiler::{Name, Node, ast, collections::IndexMap};

/// A subgraph's place in [`super::Supergraph::subgraphs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GraphId(pub u32);

/// One value of `enum join__Graph`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubgraphEntry {
    pub id: GraphId,
    /// The value in `join__Graph`, e.g. `PRODUCTS`.
    pub enum_value: Name,
    /// The name it was composed under, e.g. `products`.
    pub name: Arc<str>,
    /// None when the SDL has an empty URL (it then comes from discovery).
    pub url: Option<Arc<str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TypeKind {
    Scalar,
    Object,
    Interface,
    Union,
    Enum,
    InputObject,
}

/// One type of the supergraph, with what each subgraph knows of it.
#[derive(Debug, Clone)]
pub struct TypeModel {
    pub name: Name,
    pub kind: TypeKind,
    pub inaccessible: bool,
    /// One for each `@join__type`: a subgraph occurs once per key, and once without a key when it has none.
    pub joins: Vec<TypeJoin>,
    /// Fields of objects, interfaces and input objects, in schema order; empty for other kinds.
    pub fields: IndexMap<Name, FieldModel>,
    /// For objects and interfaces: which interface is implemented in which subgraph.
    pub implements: Vec<ImplementsJoin>,
    /// For interfaces and unions: every concrete object type, over all subgraphs, in schema order.
    pub possible_types: Vec<Name>,
    /// For unions: which member is known to which subgraph.
    pub members: Vec<MemberJoin>,
    /// For enums: the values in schema order.
    pub values: IndexMap<Name, EnumValueModel>,
    /// What the type itself asks for (`Supergraph::authorization` joins it with the field's).
    pub authorization: Authorization,
}

impl TypeModel {
    /// The subgraphs that define this type, each once, in order of their id.
    pub fn graphs(&self) -> Vec<GraphId> {
        let mut graphs: Vec<GraphId> = self.joins.iter().map(|join| join.graph).collect();
        graphs.sort_unstable();
        graphs.dedup();
        graphs
    }

    pub fn is_in(&self, graph: GraphId) -> bool {
        self.joins.iter().any(|join| join.graph == graph)
    }

    /// The keys that `graph` declares, resolvable or not.
    pub fn keys_in(&self, graph: GraphId) -> impl Iterator<Item = (&FieldSet, bool)> {
        self.joins
            .iter()
            .filter(move |join| join.graph == graph)
            .filter_map(|join| join.key.as_ref().map(|key| (key, join.resolvable)))
    }

    /// Whether this interface is an object type in `graph` (`@interfaceObject`).
    pub fn is_interface_object_in(&self, graph: GraphId) -> bool {
        self.joins.iter().any(|join| join.graph == graph && join.is_interface_object)
    }

    /// Whether `graph` knows this type to implement `interface`.
    pub fn implements_in(&self, graph: GraphId, interface: &str) -> bool {
        self.implements.iter().any(|join| join.graph == graph && join.interface == interface)
    }

    pub fn is_abstract(&self) -> bool {
        matches!(self.kind, TypeKind::Interface | TypeKind::Union)
    }

    pub fn is_leaf(&self) -> bool {
        matches!(self.kind, TypeKind::Scalar | TypeKind::Enum)
    }
}

/// One `@join__type`.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeJoin {
    pub graph: GraphId,
    pub key: Option<FieldSet>,
    /// False: the subgraph can refer to entities by this key, and cannot resolve them.
    pub resolvable: bool,
    /// The subgraph wrote `extend type` or `@extends`.
    pub extension: bool,
    pub is_interface_object: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImplementsJoin {
    pub graph: GraphId,
    pub interface: Name,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberJoin {
    pub graph: GraphId,
    pub member: Name,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnumValueModel {
    pub inaccessible: bool,
    pub graphs: Vec<GraphId>,
}

/// One field of the supergraph.
#[derive(Debug, Clone)]
pub struct FieldModel {
    pub name: Name,
    /// The type clients see, the most general of all subgraphs'.
    pub ty: ast::Type,
    /// Arguments in schema order (those that every subgraph of the field has); empty for input fields.
    pub arguments: Vec<Node<ast::InputValueDefinition>>,
    pub inaccessible: bool,
    /// Where it can be found, shorthands written out. Empty: no subgraph has the field on this type itself; it
    /// is reached through an interface object.
    pub joins: Vec<FieldJoin>,
    pub authorization: Authorization,
}

impl FieldModel {
    pub fn join(&self, graph: GraphId) -> Option<&FieldJoin> {
        self.joins.iter().find(|join| join.graph == graph)
    }

    /// The field's type in `graph`: its own where it differs from the supergraph's.
    pub fn ty_in(&self, graph: GraphId) -> &ast::Type {
        self.join(graph).and_then(|join| join.ty.as_ref()).unwrap_or(&self.ty)
    }
}

/// One `@join__field`: a field in a subgraph.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldJoin {
    pub graph: GraphId,
    /// The field's type in this subgraph, where it differs from the supergraph's.
    pub ty: Option<ast::Type>,
    /// Not resolved here, except where a path `provides` it.
    pub external: bool,
    /// Another subgraph took the field over; it stays here only because an interface, a key or a requirement
    /// of this subgraph names it.
    pub used_overridden: bool,
    /// The name of the subgraph this field is taken from.
    pub override_from: Option<Arc<str>>,
    /// Progressive override: the label that decides at run time; without one the override is unconditional.
    pub override_label: Option<Arc<str>>,
    pub requires: Option<FieldSet>,
    pub provides: Option<FieldSet>,
}

impl FieldJoin {
    /// A field that its subgraph resolves, without conditions.
    pub fn plain(graph: GraphId) -> Self {
        Self {
            graph,
            ty: None,
            external: false,
            used_overridden: false,
            override_from: None,
            override_label: None,
            requires: None,
            provides: None,
        }
    }

    /// Whether the subgraph resolves the field wherever its type is reached (progressive overrides aside).
    pub fn is_resolvable(&self) -> bool {
        !self.external && !self.used_overridden
    }
}

/// The selection of a `@key`, `@requires` or `@provides`, without its outer braces.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldSet {
    /// As written in the SDL.
    pub text: Arc<str>,
    pub selections: Vec<FieldSelection>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum FieldSelection {
    Field {
        name: Name,
        /// Only in @requires.
        arguments: Vec<(Name, Node<ast::Value>)>,
        /// Empty for leaves.
        selections: Vec<FieldSelection>,
    },
    /// `... on T { }`; None: `... { }`.
    Inline { on: Option<Name>, selections: Vec<FieldSelection> },
}

/// What a caller must bring to read an element. Every requirement of each list must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authorization {
    /// `@authenticated`: any valid token.
    pub authenticated: bool,
    /// `@requiresScopes`, one requirement for each element that asks.
    pub scopes: Vec<AnyOf>,
    /// `@policy`, likewise.
    pub policies: Vec<AnyOf>,
}

/// At least one of these groups must be held in full.
pub type AnyOf = Vec<Vec<Arc<str>>>;

impl Authorization {
    pub fn is_open(&self) -> bool {
        !self.authenticated && self.scopes.is_empty() && self.policies.is_empty()
    }

    /// Adds what `other` asks for; both must then hold.
    pub fn require(&mut self, other: &Self) {
        self.authenticated |= other.authenticated;
        for (own, others) in [(&mut self.scopes, &other.scopes), (&mut self.policies, &other.policies)] {
            for requirement in others {
                if !own.contains(requirement) {
                    own.push(requirement.clone());
                }
            }
        }
    }
}
