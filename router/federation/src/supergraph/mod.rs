//! A supergraph: read from join-spec SDL, kept as a model for the planner and as the schema that clients see.

mod api;
mod authorization;
mod features;
pub(crate) mod field_set;
mod joins;
pub mod model;
mod read;
mod type_reference;

use apollo_compiler::{Name, Schema, ast, collections::IndexMap, parser::SourceSpan, validation::Valid};

use features::Features;
use joins::Graphs;

pub use field_set::FieldSetError;

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
    /// `span` is the first fault's place, in whatever text its element was read from.
    #[error("the supergraph is not a valid GraphQL schema: {reason}")]
    Invalid { reason: String, span: Option<SourceSpan> },
    #[error("the supergraph has no enum join__Graph; it must be the output of a composition (join spec v0.1 to v0.5)")]
    NotASupergraph,
    #[error("@{directive} on {coordinate}: {reason}")]
    Metadata { directive: String, coordinate: String, reason: String },
    #[error("{coordinate} uses {feature}, which is not supported")]
    Unsupported { coordinate: String, feature: &'static str },
}

impl Supergraph {
    /// Reads any join-spec SDL (v0.1 to v0.5), whoever composed it.
    ///
    /// # Errors
    /// When the text is not a valid schema, has no `join__Graph`, or its metadata contradicts itself.
    pub fn parse(sdl: &str) -> Result<Self, SupergraphError> {
        let document =
            ast::Document::parse(sdl, "supergraph.graphql").map_err(|failure| api::first_error(&failure.errors))?;
        let draft = Draft::read(&document)?;
        draft.finish(sdl.to_owned())
    }

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

/// A supergraph whose metadata is read and whose API schema is not yet made: what composition checks.
pub(crate) struct Draft {
    pub(crate) schema: Schema,
    pub(crate) subgraphs: Vec<SubgraphEntry>,
    pub(crate) types: IndexMap<Name, TypeModel>,
    features: Features,
}

impl Draft {
    pub(crate) fn read(document: &ast::Document) -> Result<Self, SupergraphError> {
        let schema =
            Schema::builder().add_ast(document).build().map_err(|failure| api::first_error(&failure.errors))?;
        let features = Features::of(&schema);
        let graphs = Graphs::read(&schema, &features.terms)?;
        let types = read::read_types(&schema, &graphs, &features)?;
        Ok(Self { schema, subgraphs: graphs.entries, types, features })
    }

    /// Whether a directive comes from a linked specification.
    pub(crate) fn is_linked_directive(&self, name: &str) -> bool {
        self.features.owns_directive(name)
    }

    pub(crate) fn finish(self, sdl: String) -> Result<Supergraph, SupergraphError> {
        let root = |operation| self.schema.root_operation(operation).cloned();
        let query_type = root(ast::OperationType::Query)
            .ok_or_else(|| SupergraphError::Invalid { reason: "there is no query root type".to_owned(), span: None })?;
        let mutation_type = root(ast::OperationType::Mutation);
        let subscription_type = root(ast::OperationType::Subscription);
        Ok(Supergraph {
            sdl,
            subgraphs: self.subgraphs,
            types: self.types,
            query_type,
            mutation_type,
            subscription_type,
            api_schema: api::api_schema(self.schema, &self.features)?,
        })
    }
}
