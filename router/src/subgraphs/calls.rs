//! The executor's door to the subgraphs, for one client request.

use std::{sync::Arc, time::Instant};

use bytes::Bytes;
use federation::plan::OperationKind;
use futures_util::FutureExt as _;
use http::HeaderValue;

use super::{flight::FlightKey, http::Subgraphs};
use crate::{
    errors::GraphqlError,
    execute::{Ask, PreparedFetch, PreparedPlan},
    supergraph::Graph,
};

/// What every subgraph is told of the client's request.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) authorization: Option<HeaderValue>,
    /// W3C trace context.
    pub(crate) traceparent: HeaderValue,
    /// When the client's request ends, whatever is missing then.
    pub(crate) deadline: Instant,
}

/// Calls on behalf of one request, on one supergraph.
pub(crate) struct Calls {
    pub(crate) subgraphs: Arc<Subgraphs>,
    pub(crate) graph: Arc<Graph>,
    pub(crate) plan: Arc<PreparedPlan>,
    pub(crate) context: Context,
}

impl Ask for Calls {
    async fn ask(&self, fetch: &PreparedFetch, body: Bytes) -> Result<Bytes, GraphqlError> {
        let Some(flights) = self.subgraphs.flights.as_ref().filter(|_| fetch.kind == OperationKind::Query) else {
            return self.subgraphs.send(&self.graph, fetch, (body, &self.context)).await;
        };
        let key = FlightKey {
            subgraph: Arc::clone(&fetch.subgraph),
            authorization: self.context.authorization.clone(),
            body: body.clone(),
        };
        let begin = || {
            let (subgraphs, graph, plan) =
                (Arc::clone(&self.subgraphs), Arc::clone(&self.graph), Arc::clone(&self.plan));
            let (context, id) = (self.context.clone(), fetch.id);
            async move {
                match plan.fetch(id) {
                    Some(fetch) => subgraphs.send(&graph, fetch, (body, &context)).await,
                    None => Err(super::fault::unavailable("unknown")),
                }
            }
            .boxed()
        };
        flights.join(key, begin).await
    }
}
