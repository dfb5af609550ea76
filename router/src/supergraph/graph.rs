//! One supergraph, ready to serve: schema, planner, the way to each subgraph, and what was parsed and planned
//! on it. Immutable; a new one replaces it whole, and requests under way keep theirs.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use apollo_compiler::{
    Name, Schema, ast::Document as Ast, collections::HashMap as CompilerMap, schema::Implementers, validation::Valid,
};
use chrono::{DateTime, Utc};
use federation::{
    Supergraph,
    plan::{PlanError, Planner},
    supergraph::TypeKind,
};
use quick_cache::{Weighter, sync::Cache};
use url::Url;

use crate::{execute::PreparedPlan, parse::Document, plan::PlanKey, subgraphs::fits};

/// What is worked out of a supergraph's SDL.
#[derive(Debug)]
pub struct Core {
    pub supergraph: Supergraph,
    pub planner: Planner,
    pub implementers: CompilerMap<Name, Implementers>,
    pub interfaces: Arc<HashSet<String>>,
    /// Whether anything at all asks for a caller.
    pub is_guarded: bool,
    pub composed_at: DateTime<Utc>,
}

impl Core {
    /// # Errors
    /// When the planner cannot use the supergraph.
    pub fn new(supergraph: Supergraph, composed_at: DateTime<Utc>) -> Result<Self, PlanError> {
        let planner = Planner::new(&supergraph)?;
        let schema = &supergraph.api_schema;
        let interfaces = supergraph.types.values().filter(|model| model.kind == TypeKind::Interface);
        let is_guarded = supergraph.types.values().any(|model| {
            !model.authorization.is_open() || model.fields.values().any(|field| !field.authorization.is_open())
        });
        Ok(Self {
            planner,
            implementers: schema.implementers_map(),
            interfaces: Arc::new(interfaces.map(|model| model.name.to_string()).collect()),
            is_guarded,
            composed_at,
            supergraph,
        })
    }

    pub fn schema(&self) -> &Valid<Schema> {
        &self.supergraph.api_schema
    }
}

/// How a subgraph is reached.
#[derive(Debug, Clone)]
pub enum Route {
    /// One address, from a file.
    Fixed { http: Url },
    /// Instances from the registry.
    Discovered(Discovered),
}

#[derive(Debug, Clone)]
pub struct Discovered {
    /// The application's name in the registry.
    pub app: String,
    /// Hash of the SDL that is composed.
    pub composed: Arc<str>,
    /// Other schemas whose instances may answer what fits them: older ones during a rolling deploy.
    pub older: Vec<(Arc<str>, Arc<Schema>)>,
    /// Base addresses of the last run, for as long as no registry has answered in this one.
    pub last_known: Vec<Url>,
}

impl Route {
    /// The SDL hashes of the instances that can answer `operation`; None when there is nothing to choose by.
    pub(crate) fn answered_by(&self, operation: &Ast) -> Option<Vec<Arc<str>>> {
        let Self::Discovered(route) = self else { return None };
        let older = route.older.iter().filter(|(_, schema)| fits(schema, operation));
        Some(std::iter::once(&route.composed).chain(older.map(|(hash, _)| hash)).cloned().collect())
    }
}

/// The supergraph of the moment.
#[derive(Debug)]
pub struct Graph {
    /// Rises with each swap.
    pub version: u64,
    pub core: Arc<Core>,
    pub routes: BTreeMap<Arc<str>, Route>,
    pub(crate) documents: Cache<Arc<str>, Arc<Document>, ByLength>,
    pub(crate) plans: Cache<PlanKey, Arc<PreparedPlan>, ByLength>,
}

/// Bytes that a cached operation may take on average; a cache of long ones holds fewer.
const AVERAGE_BYTES: u64 = 4 << 10;
/// Counted for each entry besides its text.
const ENTRY_BYTES: u64 = 1 << 10;

impl Graph {
    pub fn new(version: u64, core: Arc<Core>, routes: BTreeMap<Arc<str>, Route>, cached: usize) -> Self {
        let capacity = cached as u64 * AVERAGE_BYTES;
        Self {
            version,
            core,
            routes,
            documents: Cache::with_weighter(cached, capacity, ByLength),
            plans: Cache::with_weighter(cached, capacity, ByLength),
        }
    }
}

impl Graph {
    /// Texts of operations that clients sent, at most `limit`.
    pub(crate) fn recent_operations(&self, limit: usize) -> Vec<Arc<str>> {
        self.documents.iter().take(limit).map(|(text, _)| text).collect()
    }
}

/// Weighs a cached operation by its text.
#[derive(Debug, Clone)]
pub(crate) struct ByLength;

impl Weighter<Arc<str>, Arc<Document>> for ByLength {
    fn weight(&self, text: &Arc<str>, _: &Arc<Document>) -> u64 {
        text.len() as u64 + ENTRY_BYTES
    }
}

impl Weighter<PlanKey, Arc<PreparedPlan>> for ByLength {
    fn weight(&self, key: &PlanKey, _: &Arc<PreparedPlan>) -> u64 {
        key.text.len() as u64 + ENTRY_BYTES
    }
}
