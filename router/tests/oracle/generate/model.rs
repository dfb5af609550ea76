//! A graph and how it is cut: what the monolith has, and which subgraph has which part of it.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::ast::Type;
use indexmap::IndexMap;

/// Index into `Model::subgraphs`.
pub type Sub = usize;

#[derive(Debug, Default)]
pub struct Model {
    pub subgraphs: Vec<SubgraphDef>,
    pub types: IndexMap<String, TypeDef>,
}

#[derive(Debug)]
pub struct SubgraphDef {
    pub name: String,
    pub is_fed1: bool,
    /// `v2.3`
    pub version: String,
    /// What it calls the federation directives, where not by their usual names.
    pub renamed: BTreeMap<String, String>,
    /// Takes the federation specification in under this name.
    pub namespace: String,
    pub query: String,
    pub mutation: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Has keys.
    Entity,
    /// A value type, or a root.
    Object,
    Interface,
    Union,
    Enum,
    Scalar,
    Input,
}

#[derive(Debug)]
pub struct TypeDef {
    pub kind: Kind,
    /// The subgraphs that define it.
    pub places: BTreeSet<Sub>,
    pub keys: Vec<KeyDef>,
    pub fields: IndexMap<String, FieldDef>,
    /// Objects that implement it or are members of it, each with the subgraphs that say so.
    pub members: IndexMap<String, BTreeSet<Sub>>,
    /// Of an enum.
    pub values: IndexMap<String, BTreeSet<Sub>>,
    /// Of an interface: the fields that every implementation has.
    pub contract: Vec<String>,
    /// Of an entity interface: where it has its key.
    pub keyed_in: Option<Sub>,
    pub interface_object_in: BTreeSet<Sub>,
    /// The subgraph that says `@inaccessible`.
    pub hidden_by: Option<Sub>,
    /// An enum's value that a subgraph hides.
    pub hidden_value: Option<(String, Sub)>,
}

#[derive(Debug, Clone)]
pub struct KeyDef {
    pub text: String,
    pub fields: Vec<String>,
    /// Where it is declared, and whether it can be resolved there.
    pub holders: BTreeMap<Sub, bool>,
}

/// An output or input field.
#[derive(Debug, Clone)]
pub struct FieldDef {
    /// The monolith's.
    pub ty: Type,
    pub arguments: Vec<ArgumentDef>,
    pub homes: BTreeMap<Sub, Home>,
    pub default: Option<String>,
    pub hidden_by: Option<Sub>,
    pub is_key: bool,
}

#[derive(Debug, Clone)]
pub struct ArgumentDef {
    pub name: String,
    pub ty: Type,
    pub default: Option<String>,
    /// Only this subgraph has it, so clients do not.
    pub only_in: Option<Sub>,
    /// Only this subgraph insists on a value, so the monolith does.
    pub strict_in: Option<Sub>,
    pub hidden_by: Option<Sub>,
}

/// A field in one subgraph.
#[derive(Debug, Clone, Default)]
pub struct Home {
    /// Where it differs from the monolith's.
    pub ty: Option<Type>,
    pub external: bool,
    pub requires: Option<String>,
    pub provides: Option<String>,
    pub override_from: Option<(Sub, Option<String>)>,
    /// Another subgraph took it over for good.
    pub taken: bool,
}

impl TypeDef {
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            places: BTreeSet::new(),
            keys: Vec::new(),
            fields: IndexMap::new(),
            members: IndexMap::new(),
            values: IndexMap::new(),
            contract: Vec::new(),
            keyed_in: None,
            interface_object_in: BTreeSet::new(),
            hidden_by: None,
            hidden_value: None,
        }
    }

    pub fn is_composite(&self) -> bool {
        !matches!(self.kind, Kind::Enum | Kind::Scalar | Kind::Input)
    }

    pub fn is_object(&self) -> bool {
        matches!(self.kind, Kind::Entity | Kind::Object)
    }
}

impl FieldDef {
    pub fn new(ty: Type) -> Self {
        Self { ty, arguments: Vec::new(), homes: BTreeMap::new(), default: None, hidden_by: None, is_key: false }
    }

    pub fn at(mut self, homes: &[Sub]) -> Self {
        self.homes = homes.iter().map(|sub| (*sub, Home::default())).collect();
        self
    }

    pub fn inner(&self) -> &str {
        self.ty.inner_named_type().as_str()
    }

    /// The subgraphs that resolve it.
    pub fn owners(&self) -> Vec<Sub> {
        self.homes.iter().filter(|(_, home)| !home.external && !home.taken).map(|(sub, _)| *sub).collect()
    }
}

impl Model {
    /// The interfaces and unions that an object belongs to.
    pub fn parents<'m>(&'m self, object: &'m str) -> impl Iterator<Item = (&'m String, &'m TypeDef)> {
        self.types.iter().filter(move |(_, ty)| ty.members.contains_key(object))
    }

    pub fn is_leaf(&self, name: &str) -> bool {
        self.types.get(name).is_none_or(|ty| !ty.is_composite())
    }
}
