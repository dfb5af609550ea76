//! One request to one subgraph over HTTP: pooled connections, a limit on time and size, another instance when
//! the first cannot be reached.

use std::{
    sync::{Arc, Once},
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use discovery_client::{Discovery, Outcome};
use federation::plan::OperationKind;
use http::{HeaderValue, StatusCode, header};

use super::{calls::Context, flight::Flights, target::Target};
use crate::{
    config::{Config, Switch, Timeouts},
    errors::{Code, GraphqlError},
    execute::PreparedFetch,
    supergraph::Graph,
};

/// A query is tried on this many instances.
const ATTEMPTS: usize = 2;
const IDLE: Duration = Duration::from_secs(60);
const ACCEPT: HeaderValue = HeaderValue::from_static("application/graphql-response+json, application/json;q=0.9");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Shared by all requests.
#[derive(Debug)]
pub(crate) struct Subgraphs {
    pub(super) client: reqwest::Client,
    pub(super) discovery: Option<Discovery>,
    /// None: every query is sent.
    pub(super) flights: Option<Flights>,
    pub(super) timeouts: Timeouts,
    answer_bytes: usize,
}

/// How a request failed.
#[derive(Debug, thiserror::Error)]
enum SendFault {
    /// Nothing was sent: safe to try elsewhere, whatever it was.
    #[error("it cannot be reached")]
    Unreachable,
    /// The connection broke or the instance said that it cannot.
    #[error("{0}")]
    Broken(String),
    #[error("it did not answer in time")]
    Timeout,
    /// It answered, but not as a GraphQL server does.
    #[error("it answered {0} without GraphQL")]
    NotGraphql(StatusCode),
    #[error("its answer is too large")]
    TooLarge,
}

/// A client that works on a machine without CA certificates too: plain HTTP then still does, TLS is refused.
pub(crate) fn build_client(connect: Duration) -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Fails only when the process has chosen a provider already; that one then stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let builder = || {
        reqwest::Client::builder()
            .connect_timeout(connect)
            .pool_idle_timeout(IDLE)
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none())
    };
    builder().build().unwrap_or_else(|error| {
        tracing::warn!(%error, "no CA certificates on this machine; subgraphs are reached by plain HTTP only");
        builder().tls_certs_only([]).build().expect("a client without root certificates reads nothing that can fail")
    })
}

impl Subgraphs {
    pub(crate) fn new(client: reqwest::Client, discovery: Option<Discovery>, config: &Config) -> Self {
        Self {
            client,
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
                    measure(subgraph, "ok", started);
                    target.finish(Outcome::Ok);
                    return Ok(answer);
                }
                Err(fault) => fault,
            };
            measure(subgraph, fault.label(), started);
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
        let mut request = self
            .client
            .post(target.http.clone())
            .header(header::CONTENT_TYPE, JSON)
            .header(header::ACCEPT, ACCEPT)
            .header("traceparent", context.traceparent.clone())
            .timeout(limit)
            .body(body);
        if let Some(authorization) = &context.authorization {
            request = request.header(header::AUTHORIZATION, authorization.clone());
        }
        let answer = request.send().await.map_err(|error| SendFault::of(&error))?;
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
        self.read(answer).await
    }

    async fn read(&self, mut answer: reqwest::Response) -> Result<Bytes, SendFault> {
        let mut whole = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| SendFault::of(&error))? {
            if whole.len() + chunk.len() > self.answer_bytes {
                return Err(SendFault::TooLarge);
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    }
}

impl SendFault {
    fn of(error: &reqwest::Error) -> Self {
        if error.is_connect() {
            Self::Unreachable
        } else if error.is_timeout() {
            Self::Timeout
        } else {
            let cause = std::error::Error::source(error).map(ToString::to_string);
            Self::Broken(format!("the connection broke: {}", cause.unwrap_or_default()))
        }
    }

    fn may_retry(&self, kind: OperationKind) -> bool {
        match self {
            Self::Unreachable => true,
            Self::Broken(_) => kind == OperationKind::Query,
            // The deadline is near and the next instance no faster.
            Self::Timeout | Self::NotGraphql(_) | Self::TooLarge => false,
        }
    }

    fn outcome(&self) -> Outcome {
        match self {
            Self::Unreachable => Outcome::Unreachable,
            Self::Broken(_) | Self::Timeout => Outcome::Failed,
            Self::NotGraphql(status) if status.is_server_error() => Outcome::Failed,
            Self::NotGraphql(_) | Self::TooLarge => Outcome::Ok,
        }
    }

    fn label(&self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Broken(_) => "broken",
            Self::Timeout => "timeout",
            Self::NotGraphql(_) => "not_graphql",
            Self::TooLarge => "too_large",
        }
    }

    fn told(&self, subgraph: &Arc<str>) -> GraphqlError {
        match self {
            Self::Unreachable | Self::Broken(_) => unavailable(subgraph),
            Self::Timeout => {
                GraphqlError::new(Code::Unavailable, format!("subgraph {subgraph} did not answer in time"))
            }
            Self::NotGraphql(status) if status.is_server_error() => unavailable(subgraph),
            Self::NotGraphql(_) | Self::TooLarge => {
                GraphqlError::new(Code::Internal, format!("subgraph {subgraph} gave a malformed answer"))
            }
        }
    }
}

pub(super) fn unavailable(subgraph: &str) -> GraphqlError {
    GraphqlError::new(Code::Unavailable, format!("subgraph {subgraph} is unavailable"))
}

fn measure(subgraph: &Arc<str>, outcome: &'static str, started: Instant) {
    let labels = [("subgraph", subgraph.to_string()), ("outcome", outcome.to_owned())];
    metrics::counter!("router_subgraph_requests_total", &labels).increment(1);
    metrics::histogram!("router_subgraph_seconds", &labels).record(started.elapsed().as_secs_f64());
}
