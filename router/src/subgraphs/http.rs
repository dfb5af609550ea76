//! One request to one subgraph over HTTP: pooled connections, a limit on time and size, another instance when
//! the first cannot be reached.

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use discovery_client::{Discovery, Outcome};
use http::{HeaderValue, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use tokio::time::timeout;

use super::{
    calls::Context,
    client::{QueryClient, build_query_client},
    fault::{SendFault, unavailable},
    flight::Flights,
    meters::{self, Meters},
    target::Target,
};
use crate::{
    config::{Config, Switch, Timeouts},
    errors::GraphqlError,
    execute::PreparedFetch,
    supergraph::Graph,
};

/// A query is tried on this many instances.
const ATTEMPTS: usize = 2;
const ACCEPT: HeaderValue = HeaderValue::from_static("application/graphql-response+json, application/json;q=0.9");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Shared by all requests.
#[derive(Debug)]
pub(crate) struct Subgraphs {
    client: QueryClient,
    meters: Meters,
    pub(super) discovery: Option<Discovery>,
    /// None: every query is sent.
    pub(super) flights: Option<Flights>,
    pub(super) timeouts: Timeouts,
    answer_bytes: usize,
}

impl Subgraphs {
    pub(crate) fn new(discovery: Option<Discovery>, config: &Config) -> Self {
        Self {
            client: build_query_client(config.timeouts.connect),
            meters: Meters::default(),
            discovery,
            flights: (config.single_flight == Switch::On).then(Flights::default),
            timeouts: config.timeouts.clone(),
            answer_bytes: config.limits.answer_bytes,
        }
    }

    pub(crate) fn request_timeout(&self) -> Duration {
        self.timeouts.subgraph
    }

    /// Asks until an instance answers, as often as that is safe.
    pub(super) async fn send(
        &self,
        graph: &Graph,
        fetch: &PreparedFetch,
        (body, context): (Bytes, &Context),
    ) -> Result<Bytes, GraphqlError> {
        let subgraph = &fetch.subgraph;
        let Some(route) = graph.routes.get(subgraph) else { return Err(unavailable(subgraph)) };
        let mut failed: Option<String> = None;
        for attempt in 1..=ATTEMPTS {
            let by = (fetch.answered_by.as_deref(), failed.as_deref());
            let Some(target) = Target::choose(self.discovery.as_ref(), route, by) else {
                tracing::warn!(subgraph = %subgraph, "no instance of subgraph {subgraph} is registered and well");
                return Err(unavailable(subgraph));
            };
            let instance = target.instance_id();
            let started = Instant::now();
            let fault = match self.attempt(&target, body.clone(), context).await {
                Ok(answer) => {
                    self.meters.answered(subgraph, started);
                    target.finish(Outcome::Ok);
                    return Ok(answer);
                }
                Err(fault) => fault,
            };
            meters::failed(subgraph, fault.label(), started);
            target.finish(fault.outcome());
            let at = instance.as_deref().unwrap_or("its address");
            tracing::warn!(subgraph = %subgraph, attempt, "subgraph {subgraph} failed at {at}: {fault}");
            if attempt == ATTEMPTS || !fault.may_retry(fetch.kind) {
                return Err(fault.told(subgraph));
            }
            failed = instance;
        }
        Err(unavailable(subgraph))
    }

    async fn attempt(&self, target: &Target, body: Bytes, context: &Context) -> Result<Bytes, SendFault> {
        let left = context.deadline.saturating_duration_since(Instant::now());
        let limit = self.timeouts.subgraph.min(left);
        let asked = timeout(limit, self.ask(target, body, context)).await;
        asked.unwrap_or(Err(SendFault::Timeout))
    }

    async fn ask(&self, target: &Target, body: Bytes, context: &Context) -> Result<Bytes, SendFault> {
        let request = request(target, body, context)?;
        let answer = self.client.request(request).await.map_err(|error| SendFault::of_sending(&error))?;
        let status = answer.status();
        let is_json = answer
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.contains("json"));
        if matches!(status, StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT) {
            return Err(SendFault::Broken(status.to_string()));
        }
        if !status.is_success() && !is_json {
            return Err(SendFault::NotGraphql(status));
        }
        self.read(answer.into_body()).await
    }

    /// The whole body. What comes in one piece is not copied.
    async fn read(&self, mut body: Incoming) -> Result<Bytes, SendFault> {
        let mut first = Bytes::new();
        let mut whole = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let Ok(piece) = frame.map_err(|error| SendFault::broken(&error))?.into_data() else { continue };
            if first.len() + whole.len() + piece.len() > self.answer_bytes {
                return Err(SendFault::TooLarge);
            }
            if first.is_empty() && whole.is_empty() {
                first = piece;
                continue;
            }
            if whole.is_empty() {
                let rest = usize::try_from(body.size_hint().lower()).unwrap_or_default().min(self.answer_bytes);
                whole.reserve(first.len() + piece.len() + rest);
                whole.extend_from_slice(&std::mem::take(&mut first));
            }
            whole.extend_from_slice(&piece);
        }
        Ok(if whole.is_empty() { first } else { whole.freeze() })
    }
}

fn request(target: &Target, body: Bytes, context: &Context) -> Result<Request<Full<Bytes>>, SendFault> {
    let mut request = Request::post(target.http.as_str())
        .header(header::CONTENT_TYPE, JSON)
        .header(header::ACCEPT, ACCEPT)
        .header("traceparent", context.traceparent.clone());
    if let Some(authorization) = &context.authorization {
        request = request.header(header::AUTHORIZATION, authorization.clone());
    }
    request.body(Full::new(body)).map_err(|error| SendFault::Broken(error.to_string()))
}
