//! A request's way, the same for every transport:
//! parse and validate, authorize, plan, execute, respond. (Who calls is known before: `auth`.)

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use apollo_compiler::{request::coerce_variable_values, response::JsonMap, validation::Valid};
use bytes::Bytes;
use federation::plan::OperationKind;
use http::{HeaderValue, StatusCode};
use souk_process::Shutdown;

use crate::{
    auth::{Authenticator, Caller},
    config::ClientLimits,
    errors::{Code, GraphqlError, Location},
    execute::{Execution, PreparedPlan, Variables},
    introspect, parse, plan,
    request::{Refusal, Request},
    respond::Answer,
    subgraphs::{Calls, Context, Subgraphs},
    subscribe,
    supergraph::{Graph, LiveGraph},
};

/// What a request needs of the process. Built once.
pub(crate) struct Engine {
    pub(crate) live: Arc<LiveGraph>,
    pub(crate) authenticator: Authenticator,
    pub(crate) subgraphs: Arc<Subgraphs>,
    pub(crate) limits: ClientLimits,
    pub(crate) request_timeout: Duration,
    pub(crate) introspection: bool,
    pub(crate) shutdown: Shutdown,
}

/// Who asks, and in which trace.
#[derive(Debug, Clone)]
pub(crate) struct From {
    pub(crate) caller: Caller,
    pub(crate) traceparent: HeaderValue,
}

/// What comes back.
pub(crate) enum Outcome {
    Answer(Answer),
    /// A subscription's events; dropping it closes the stream behind it.
    Stream(subscribe::Events),
}

/// What a transport lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accepts {
    /// GET must not change anything.
    Queries,
    /// POST answers once.
    QueriesAndMutations,
    Everything,
}

/// Runs one request.
///
/// # Errors
/// A refusal: nothing was executed.
pub(crate) async fn run(
    engine: &Arc<Engine>,
    request: Request,
    from: From,
    accepts: Accepts,
) -> Result<Outcome, Refusal> {
    let started = Instant::now();
    let graph = current(engine)?;
    let document = parse::document(&graph, &engine.limits, &request)?;
    let name = request.operation_name.as_deref();
    let operation = document.operation(name)?;
    check_accepted(accepts, operation.operation_type.into())?;
    let plan = plan::plan(&graph, &engine.limits, (&document, name), &from.caller).await?;
    let coerced = coerce(&graph, &document, &request)?;
    let allowed = engine.introspection;
    let introspected = introspect::introspect(&graph.core, &document, name, (&coerced, allowed))?;
    let variables = Variables::new(&coerced);
    let kind = plan.kind;
    if kind == OperationKind::Subscription {
        let stream = subscribe::open(engine, graph, (plan, variables), (request, from)).await?;
        return Ok(Outcome::Stream(stream));
    }
    let context = context(engine, &from);
    let calls = Calls { subgraphs: Arc::clone(&engine.subgraphs), graph, plan, context };
    let answer = if kind == OperationKind::Mutation {
        // A mutation that has begun is carried through, also when the client leaves.
        let task = engine.shutdown.spawn(async move { execute(&calls, &variables, introspected).await });
        task.await.map_err(|error| {
            tracing::error!(%error, "a mutation ended abnormally");
            Refusal::transport(StatusCode::INTERNAL_SERVER_ERROR, Code::Internal, "internal error")
        })?
    } else {
        execute(&calls, &variables, introspected).await
    };
    measure(kind, &answer, started);
    Ok(Outcome::Answer(answer))
}

async fn execute(calls: &Calls, variables: &Variables, introspected: Option<Bytes>) -> Answer {
    let execution = execution(calls, variables);
    Answer::executed(execution.run(introspected).await)
}

pub(crate) fn execution<'a>(calls: &'a Calls, variables: &'a Variables) -> Execution<'a, Calls> {
    Execution { plan: &calls.plan, variables, interfaces: &calls.graph.core.interfaces, ask: calls }
}

/// The supergraph of the moment.
pub(crate) fn current(engine: &Engine) -> Result<Arc<Graph>, Refusal> {
    engine.live.current().ok_or_else(|| {
        let message = "no supergraph is loaded yet: no subgraph is registered";
        Refusal::transport(StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable, message)
    })
}

/// Stages 2 to 5 again, for a subscription that outlives its supergraph.
pub(crate) async fn replan(
    engine: &Engine,
    graph: &Arc<Graph>,
    request: &Request,
    caller: &Caller,
) -> Result<(Arc<PreparedPlan>, Variables), Refusal> {
    let document = parse::document(graph, &engine.limits, request)?;
    let plan = plan::plan(graph, &engine.limits, (&document, request.operation_name.as_deref()), caller).await?;
    let coerced = coerce(graph, &document, request)?;
    Ok((plan, Variables::new(&coerced)))
}

pub(crate) fn context(engine: &Engine, from: &From) -> Context {
    Context {
        authorization: from.caller.authorization.clone(),
        traceparent: from.traceparent.clone(),
        deadline: Instant::now() + engine.request_timeout,
    }
}

pub(crate) fn coerce(graph: &Graph, document: &parse::Document, request: &Request) -> Result<Valid<JsonMap>, Refusal> {
    let operation = document.operation(request.operation_name.as_deref())?;
    coerce_variable_values(graph.core.schema(), operation, &request.variables).map_err(|error| {
        let told = error.to_graphql_error(&document.executable.sources);
        let mut refused = GraphqlError::new(Code::BadUserInput, told.message);
        refused.locations = told.locations.iter().map(|at| Location { line: at.line, column: at.column }).collect();
        Refusal::bad_request(refused)
    })
}

fn check_accepted(accepts: Accepts, kind: Kind) -> Result<(), Refusal> {
    let refused = |status, message: &str| Err(Refusal::transport(status, Code::BadUserInput, message));
    match (accepts, kind) {
        (Accepts::Everything, _) | (_, Kind::Query) | (Accepts::QueriesAndMutations, Kind::Mutation) => Ok(()),
        (_, Kind::Mutation) => refused(StatusCode::METHOD_NOT_ALLOWED, "GET is for queries: send mutations by POST"),
        (_, Kind::Subscription) => {
            refused(StatusCode::BAD_REQUEST, "subscriptions need a WebSocket (graphql-transport-ws) at this address")
        }
    }
}

enum Kind {
    Query,
    Mutation,
    Subscription,
}

impl std::convert::From<apollo_compiler::ast::OperationType> for Kind {
    fn from(operation: apollo_compiler::ast::OperationType) -> Self {
        match operation {
            apollo_compiler::ast::OperationType::Query => Self::Query,
            apollo_compiler::ast::OperationType::Mutation => Self::Mutation,
            apollo_compiler::ast::OperationType::Subscription => Self::Subscription,
        }
    }
}

fn measure(kind: OperationKind, answer: &Answer, started: Instant) {
    let kind = match kind {
        OperationKind::Query => "query",
        OperationKind::Mutation => "mutation",
        OperationKind::Subscription => "subscription",
    };
    let outcome = if answer.has_errors { "errors" } else { "ok" };
    let labels = [("kind", kind), ("outcome", outcome)];
    metrics::counter!("router_requests_total", &labels).increment(1);
    metrics::histogram!("router_request_seconds", &labels).record(started.elapsed().as_secs_f64());
}
