//! Stage 5: a plan for the operation as far as the caller may use it, made once and cached.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use apollo_compiler::{ExecutableDocument, validation::Valid};
use federation::plan::{OperationKind, PlanError, PlanOptions};
use http::StatusCode;

use crate::{
    auth::Caller,
    authorize::{self, Permit},
    config::ClientLimits,
    errors::{Code, GraphqlError},
    execute::{Denied, PreparedPlan, Shape},
    parse::{Document, over},
    request::Refusal,
    supergraph::Graph,
};

/// A plan serves every request with the same text, operation and permissions, whatever its variables.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct PlanKey {
    pub(crate) text: Arc<str>,
    operation: Option<String>,
    permit: Permit,
    caller_is_known: bool,
}

/// Finds or makes the plan.
///
/// # Errors
/// Request errors: limits, what is not supported, a subscription that the caller may not open.
pub(crate) async fn plan(
    graph: &Arc<Graph>,
    limits: &ClientLimits,
    (document, operation): (&Arc<Document>, Option<&str>),
    caller: &Caller,
) -> Result<Arc<PreparedPlan>, Refusal> {
    let permit = authorize::permit(document, caller);
    let key = PlanKey {
        text: Arc::clone(&document.text),
        operation: operation.map(ToOwned::to_owned),
        // Who has everything is told nothing, so the caller makes no difference.
        caller_is_known: permit.is_full() || caller.is_authenticated(),
        permit,
    };
    let make = async {
        let (graph, document, key) = (Arc::clone(graph), Arc::clone(document), key.clone());
        let cancel = CancelOnDrop::default();
        let options = PlanOptions {
            limits: limits.operation.clone(),
            cancel: Some(Arc::clone(&cancel.0)),
            ..PlanOptions::default()
        };
        let made = tokio::task::spawn_blocking(move || prepare(&graph, &document, &key, &options)).await;
        made.unwrap_or_else(|error| {
            tracing::error!(%error, "planning ended abnormally");
            Err(internal("the operation cannot be planned"))
        })
    };
    graph.plans.get_or_insert_async(&key, make).await
}

/// Stops the planner when the client has left.
#[derive(Default)]
struct CancelOnDrop(Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn prepare(
    graph: &Graph,
    document: &Document,
    key: &PlanKey,
    options: &PlanOptions,
) -> Result<Arc<PreparedPlan>, Refusal> {
    let name = key.operation.as_deref();
    if key.permit.is_full() {
        return prepare_document(graph, &document.executable, name, (&HashMap::new(), options));
    }
    let reduced = authorize::reduce(&graph.core, document, &key.permit, key.caller_is_known);
    let is_subscription = document.operation(name)?.is_subscription();
    if let Some(denied) = authorize::denied_root(&reduced, name).filter(|_| is_subscription) {
        return Err(Refusal::bad_request(denied.error.clone()));
    }
    prepare_document(graph, &reduced.document, name, (&reduced.denied, options))
}

pub(crate) fn prepare_document(
    graph: &Graph,
    document: &Valid<ExecutableDocument>,
    name: Option<&str>,
    (denied, options): (&HashMap<String, Denied>, &PlanOptions),
) -> Result<Arc<PreparedPlan>, Refusal> {
    let started = std::time::Instant::now();
    let core = &graph.core;
    let plan = core.planner.plan(document, name, options).map_err(|error| refused(&error))?;
    metrics::histogram!("router_plan_seconds").record(started.elapsed().as_secs_f64());
    let supergraph = &core.supergraph;
    let root_type = match plan.kind {
        OperationKind::Query => Some(&supergraph.query_type),
        OperationKind::Mutation => supergraph.mutation_type.as_ref(),
        OperationKind::Subscription => supergraph.subscription_type.as_ref(),
    };
    let root_type: Arc<str> = root_type.map_or("", |name| name.as_str()).into();
    let shape = Shape::compile(&plan.projection, root_type, denied);
    let answered_by = |subgraph: &str, operation: &apollo_compiler::ast::Document| {
        graph.routes.get(subgraph).and_then(|route| route.answered_by(operation))
    };
    Ok(Arc::new(PreparedPlan::new(plan, shape, &answered_by)))
}

fn refused(error: &PlanError) -> Refusal {
    let request = |code: Code| Refusal::bad_request(GraphqlError::new(code, error.to_string()));
    match error {
        PlanError::Limit(limit) => over(limit),
        PlanError::UnknownOperation(_) => request(Code::BadUserInput),
        PlanError::UnsupportedDirective(_) => request(Code::NotSupported),
        PlanError::Budget { .. } => request(Code::LimitExceeded),
        PlanError::Cancelled => internal("planning was cancelled"),
        PlanError::Unreachable { .. } | PlanError::UnknownType(_) => {
            tracing::error!(%error, "a valid operation has no plan");
            internal("the operation cannot be planned")
        }
    }
}

fn internal(message: &str) -> Refusal {
    Refusal {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        is_transport_fault: false,
        errors: vec![GraphqlError::new(Code::Internal, message)],
    }
}
