//! Subscriptions: one stream from one subgraph, each event completed with what other subgraphs know, on the
//! supergraph of the moment.

use std::sync::Arc;

use async_stream::stream;
use bytes::Bytes;
use federation::plan::nodes::PlanNode;
use futures_util::{StreamExt as _, stream::BoxStream};
use http::StatusCode;

use crate::{
    errors::{Code, GraphqlError},
    execute::{PreparedFetch, PreparedPlan, Variables},
    pipeline::{self, Engine, From},
    request::{Refusal, Request},
    respond::Answer,
    subgraphs::{Calls, Upstream},
    supergraph::Graph,
};

/// Answers, and at the end perhaps the reason why there are no more.
pub(crate) type Events = BoxStream<'static, Result<Answer, Refusal>>;

/// What an open subscription runs on; replaced when the supergraph is.
struct Running {
    graph: Arc<Graph>,
    plan: Arc<PreparedPlan>,
    variables: Variables,
}

/// Opens the stream.
///
/// # Errors
/// When the subgraph does not take the subscription.
pub(crate) async fn open(
    engine: &Arc<Engine>,
    graph: Arc<Graph>,
    (plan, variables): (Arc<PreparedPlan>, Variables),
    (request, from): (Request, From),
) -> Result<Events, Refusal> {
    let primary = primary(&plan).ok_or_else(|| {
        Refusal::bad_request(GraphqlError::new(Code::NotSupported, "this subscription needs no subgraph"))
    })?;
    let body = variables.body(primary, None);
    let context = pipeline::context(engine, &from);
    let upstream = engine.subgraphs.subscribe(&graph, primary, (&body, &context)).await.map_err(ended)?;
    let running = Running { graph, plan, variables };
    Ok(events(Arc::clone(engine), running, upstream, (request, from)))
}

fn events(
    engine: Arc<Engine>,
    mut running: Running,
    mut upstream: Upstream,
    (request, from): (Request, From),
) -> Events {
    stream! {
        let _open = OpenGauge::new();
        while let Some(event) = upstream.next().await {
            let event = match event {
                Ok(event) => event,
                Err(error) => {
                    yield Err(ended(error));
                    return;
                }
            };
            if let Err(refusal) = running.follow(&engine, &request, &from).await {
                yield Err(refusal);
                return;
            }
            yield Ok(running.complete(&engine, &from, event).await);
        }
    }
    .boxed()
}

impl Running {
    /// Moves to the supergraph of the moment. A plan that asks the stream's subgraph for something else than the
    /// open stream was asked for cannot be used on its events, so the old plan goes on over the new routes.
    async fn follow(&mut self, engine: &Engine, request: &Request, from: &From) -> Result<(), Refusal> {
        let graph = pipeline::current(engine)?;
        if graph.version == self.graph.version {
            return Ok(());
        }
        let (plan, variables) = pipeline::replan(engine, &graph, request, &from.caller).await?;
        let operation = |plan: &PreparedPlan| primary(plan).map(|fetch| Arc::clone(&fetch.operation));
        if operation(&plan) == operation(&self.plan) {
            (self.plan, self.variables) = (plan, variables);
        }
        self.graph = graph;
        Ok(())
    }

    async fn complete(&self, engine: &Engine, from: &From, event: Bytes) -> Answer {
        let calls = Calls {
            subgraphs: Arc::clone(&engine.subgraphs),
            graph: Arc::clone(&self.graph),
            plan: Arc::clone(&self.plan),
            context: pipeline::context(engine, from),
        };
        Answer::executed(pipeline::execution(&calls, &self.variables).event(event).await)
    }
}

fn ended(error: GraphqlError) -> Refusal {
    Refusal { status: StatusCode::SERVICE_UNAVAILABLE, is_transport_fault: false, errors: vec![error] }
}

fn primary(plan: &PreparedPlan) -> Option<&PreparedFetch> {
    match &plan.root {
        Some(PlanNode::Subscription { primary, .. }) => plan.fetch(primary.id),
        _ => None,
    }
}

/// Counts the open subscriptions.
struct OpenGauge;

impl OpenGauge {
    fn new() -> Self {
        metrics::gauge!("router_subscriptions_open").increment(1.0);
        Self
    }
}

impl Drop for OpenGauge {
    fn drop(&mut self) {
        metrics::gauge!("router_subscriptions_open").decrement(1.0);
    }
}
