//! A supergraph: read from join-spec SDL, kept as a model for the planner and as the schema that clients see.

pub mod model;

use apollo_compiler::{Name, Schema, collections::IndexMap, validation::Valid};

pub use model::{
    AnyOf, Authorization, EnumValueModel, FieldJoin, FieldModel, FieldSelection, FieldSet, GraphId, ImplementsJoin,
    MemberJoin, SubgraphEntry, TypeJoin, TypeKind, TypeModel,
};

/// Everything the router knows of its graph at one moment.
#[derive(Debug, Clone)]
pub struct Supergraph {
    /// The join-spec SDL it was read from.
    pub sdl: String,
    /// Indexed by [`GraphId`].
    pub subgraphs: Vec<SubgraphEntry>,
    /// Every type of every subgraph, built-in scalars and the join and link machinery apart.
    pub types: IndexMap<Name, TypeModel>,
    /// The root types that exist.
    pub query_type: Name,
    pub mutation_type: Option<Name>,
    pub subscription_type: Option<Name>,
    /// What clients see: no machinery, nothing `@inaccessible`.
    pub api_schema: Valid<Schema>,
}

/// Why a text is not a supergraph.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SupergraphError {
    #[error("the supergraph is not a valid GraphQL schema: {0}")]
    Invalid(String),
    #[error("the supergraph has no enum join__Graph; it must be the output of a composition (join spec v0.1 to v0.5)")]
    NotASupergraph,
    #[error("@{directive} on {coordinate}: {reason}")]
    Metadata { directive: &'static str, coordinate: String, reason: String },
    #[error("{coordinate} uses {feature}, which is not supported")]
    Unsupported { coordinate: String, feature: &'static str },
}

impl Supergraph {
    pub fn subgraph(&self, id: GraphId) -> &SubgraphEntry {
        &self.subgraphs[id.0 as usize]
    }

    pub fn subgraph_named(&self, name: &str) -> Option<&SubgraphEntry> {
        self.subgraphs.iter().find(|entry| &*entry.name == name)
    }

    pub fn type_model(&self, name: &str) -> Option<&TypeModel> {
        self.types.get(name)
    }

    pub fn field(&self, type_name: &str, field: &str) -> Option<&FieldModel> {
        self.types.get(type_name)?.fields.get(field)
    }

    /// The schema that clients see, as SDL.
    pub fn api_sdl(&self) -> String {
        self.api_schema.to_string()
    }
}
