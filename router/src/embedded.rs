//! The engine without a server: a request's stages from parsing to the answer's bytes, over a transport of the
//! caller's own. For programs that have their subgraphs at hand, such as the oracle of the tests.
//!
//! Whoever may call whom is not asked here: fields that want a caller are read as if everybody were one.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    iter,
    sync::Arc,
};

use bytes::Bytes;
use federation::{
    Supergraph,
    plan::{Limits, PlanError, PlanOptions},
};
use souk_process::{Env, clock};

use crate::{
    auth::Caller,
    config::{ClientLimits, Profile, client_limits},
    errors::{Code, GraphqlError},
    execute::{Ask, Execution, PreparedFetch, Variables},
    introspect, parse, pipeline, plan,
    request::{Refusal, Request},
    respond::Answer,
    supergraph::{Core, Graph},
};

/// The way to the subgraphs.
pub trait Transport: Sync {
    /// Sends one GraphQL request (JSON) to a subgraph. None: it cannot be reached.
    fn send(&self, subgraph: &str, body: Bytes) -> impl Future<Output = Option<Bytes>> + Send;
}

/// A supergraph, ready to answer.
#[derive(Debug)]
pub struct Embedded {
    graph: Arc<Graph>,
    limits: ClientLimits,
    labels: BTreeSet<Arc<str>>,
}

impl Embedded {
    /// `labels` are the progressive overrides that are on.
    ///
    /// # Errors
    /// When the planner cannot use the supergraph.
    pub fn new(supergraph: Supergraph, labels: BTreeSet<Arc<str>>) -> Result<Self, PlanError> {
        let core = Arc::new(Core::new(supergraph, clock::now())?);
        let graph = Arc::new(Graph::new(0, core, BTreeMap::new(), 1));
        Ok(Self {
            graph,
            limits: client_limits(&mut Env::from_pairs(iter::empty::<(&str, &str)>()), Profile::Dev),
            labels,
        })
    }

    /// With other limits of an operation than a router's usual ones.
    #[must_use]
    pub fn within(mut self, limits: Limits) -> Self {
        self.limits.operation = limits;
        self
    }

    /// Answers one query or mutation, a GraphQL request as JSON, with a GraphQL response as JSON.
    pub async fn answer(&self, request: &[u8], transport: &impl Transport) -> Bytes {
        let answered = self.run(request, transport).await;
        answered.unwrap_or_else(|refusal| Answer::refused(&refusal.errors)).body
    }

    /// Looks up the plan of a request as the server does for somebody who has not signed in, or makes it; gives how many
    /// requests to subgraphs it says. None: there is no plan for the request.
    pub async fn plan(&self, request: &[u8]) -> Option<usize> {
        let request = &Request::from_json(request).ok()?;
        let document = parse::document(&self.graph, &self.limits, request).ok()?;
        let name = request.operation_name.as_deref();
        let plan = plan::plan(&self.graph, &self.limits, (&document, name), &Caller::anonymous()).await.ok()?;
        Some(plan.fetch_count())
    }

    async fn run(&self, request: &[u8], transport: &impl Transport) -> Result<Answer, Refusal> {
        let request = &Request::from_json(request)?;
        let document = parse::document(&self.graph, &self.limits, request)?;
        let name = request.operation_name.as_deref();
        let options = PlanOptions {
            limits: self.limits.operation.clone(),
            override_labels: self.labels.clone(),
            ..PlanOptions::default()
        };
        let plan = plan::prepare_document(&self.graph, &document.executable, name, (&HashMap::new(), &options))?;
        let coerced = pipeline::coerce(&self.graph, &document, request)?;
        let introspected = introspect::introspect(&self.graph.core, &document, name, (&coerced, true))?;
        let execution = Execution {
            plan: &plan,
            variables: &Variables::new(&coerced),
            interfaces: &self.graph.core.interfaces,
            ask: &Calls(transport),
        };
        Ok(Answer::executed(execution.run(introspected).await))
    }
}

struct Calls<'t, T>(&'t T);

impl<T: Transport> Ask for Calls<'_, T> {
    async fn ask(&self, fetch: &PreparedFetch, body: Bytes) -> Result<Bytes, GraphqlError> {
        self.0
            .send(&fetch.subgraph, body)
            .await
            .ok_or_else(|| GraphqlError::new(Code::Unavailable, format!("subgraph {} is unavailable", fetch.subgraph)))
    }
}
