//! The client of other services.

use std::{sync::Arc, time::Duration};

use discovery_client::{Discovery, Outcome, Picked};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use souk_contracts::identity::Signer;

use super::{operation::Operation, tokens::ServiceTokens};

/// "Could not reach the service" is its own case: it is never a business answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ClientError {
    /// No instance, no connection, no answer in time, or the service itself is unavailable. Whether it did the
    /// work is not known: ask again with the same key.
    #[error("{service} cannot be reached: {reason}")]
    Unreachable { service: &'static str, reason: String },
    /// The service answered with a top-level error.
    #[error("{service} refused {operation}: {message} ({code})")]
    Refused { service: &'static str, operation: &'static str, code: String, message: String },
    #[error("{service} answered {operation} with something else: {reason}")]
    Malformed { service: &'static str, operation: &'static str, reason: String },
}

#[derive(Serialize)]
struct Request<'a, V> {
    query: &'a str,
    #[serde(rename = "operationName")]
    operation_name: &'a str,
    variables: &'a V,
}

#[derive(Deserialize)]
struct Response<D> {
    data: Option<D>,
    #[serde(default)]
    errors: Vec<ResponseError>,
}

#[derive(Deserialize)]
struct ResponseError {
    message: String,
    #[serde(default)]
    extensions: Extensions,
}

#[derive(Default, Deserialize)]
struct Extensions {
    #[serde(default)]
    code: String,
}

/// Calls other services in this service's name; clones share connections and tokens.
#[derive(Clone)]
pub struct ServiceClient {
    discovery: Discovery,
    http: reqwest::Client,
    tokens: ServiceTokens,
    timeout: Duration,
}

impl std::fmt::Debug for ServiceClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServiceClient").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

impl ServiceClient {
    /// `service` is the caller's own name; `timeout` limits one call.
    ///
    /// # Errors
    /// What the HTTP client says about its own settings.
    pub fn new(
        service: &str,
        discovery: Discovery,
        signer: Arc<Signer>,
        timeout: Duration,
    ) -> Result<Self, reqwest::Error> {
        let builder = || {
            reqwest::Client::builder()
                .connect_timeout(Duration::from_millis(500))
                .pool_idle_timeout(Duration::from_secs(20))
                // Services are neighbours: no proxy sees their tokens, and none sends its callers elsewhere.
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
        };
        let http = builder().build().or_else(|error| {
            tracing::warn!("no CA certificates on this machine ({error}): services are called by plain HTTP only");
            builder().tls_certs_only([]).build()
        })?;
        Ok(Self { discovery, http, tokens: ServiceTokens::new(service, signer), timeout })
    }

    /// Calls an operation on one instance. An instance that cannot be connected to is passed over for another,
    /// once: nothing was sent to it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn call<O: Operation>(&self, variables: &O::Variables) -> Result<O::Data, ClientError> {
        let started = std::time::Instant::now();
        let result = match self.attempt::<O>(variables).await {
            Err(Attempt::NotSent(_)) => self.attempt::<O>(variables).await,
            other => other,
        };
        metrics::histogram!("souk_client_seconds", "operation" => O::NAME).record(started.elapsed().as_secs_f64());
        result.map_err(|attempt| match attempt {
            Attempt::NotSent(error) | Attempt::Failed(error) => error,
        })
    }

    async fn attempt<O: Operation>(&self, variables: &O::Variables) -> Result<O::Data, Attempt> {
        let unreachable = |reason: String| ClientError::Unreachable { service: O::SERVICE, reason };
        let app = O::SERVICE.to_ascii_uppercase();
        let picked =
            self.discovery.pick(&app).ok_or_else(|| Attempt::Failed(unreachable("no instance is known".to_owned())))?;
        let token =
            self.tokens.token_for(O::SERVICE).map_err(|error| Attempt::Failed(unreachable(error.to_string())))?;
        let request = Request { query: O::DOCUMENT, operation_name: O::NAME, variables };
        let sent = self
            .http
            .post(picked.instance().url("/graphql"))
            .bearer_auth(token.expose_secret())
            .timeout(self.timeout)
            .json(&request)
            .send()
            .await;
        let answer = match sent {
            Ok(response) => {
                let status = response.status();
                response.bytes().await.map(|body| (status, body))
            }
            Err(error) => Err(error),
        };
        match answer {
            // A gateway in between, or a server that is going down: the service itself did not speak.
            Ok((status, body)) if status.is_server_error() && !is_graphql(&body) => {
                picked.finish(Outcome::Failed);
                Err(Attempt::Failed(unreachable(format!("it answered {status}"))))
            }
            Ok((_, body)) => {
                picked.finish(Outcome::Ok);
                read::<O>(&body).map_err(Attempt::Failed)
            }
            Err(error) => Err(failed(picked, &error, unreachable(error.without_url_text()))),
        }
    }
}

fn is_graphql(body: &[u8]) -> bool {
    serde_json::from_slice::<Response<serde_json::Value>>(body)
        .is_ok_and(|response| response.data.is_some() || !response.errors.is_empty())
}

/// Whether the request may have been seen by the service.
enum Attempt {
    NotSent(ClientError),
    Failed(ClientError),
}

fn failed(picked: Picked, error: &reqwest::Error, told: ClientError) -> Attempt {
    if error.is_connect() {
        picked.finish(Outcome::Unreachable);
        return Attempt::NotSent(told);
    }
    picked.finish(Outcome::Failed);
    Attempt::Failed(told)
}

trait WithoutUrl {
    fn without_url_text(&self) -> String;
}

impl WithoutUrl for reqwest::Error {
    /// The reason alone: the chain's innermost cause says more than reqwest's own sentence.
    fn without_url_text(&self) -> String {
        let mut cause: &dyn std::error::Error = self;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        if self.is_timeout() { "no answer in time".to_owned() } else { cause.to_string() }
    }
}

fn read<O: Operation>(body: &[u8]) -> Result<O::Data, ClientError> {
    let malformed = |reason: String| ClientError::Malformed { service: O::SERVICE, operation: O::NAME, reason };
    let response: Response<serde_json::Value> =
        serde_json::from_slice(body).map_err(|error| malformed(error.to_string()))?;
    if let Some(error) = response.errors.into_iter().next() {
        if matches!(error.extensions.code.as_str(), "UNAVAILABLE" | "RATE_LIMITED") {
            return Err(ClientError::Unreachable { service: O::SERVICE, reason: error.message });
        }
        return Err(ClientError::Refused {
            service: O::SERVICE,
            operation: O::NAME,
            code: error.extensions.code,
            message: error.message,
        });
    }
    let data = response.data.ok_or_else(|| malformed("neither data nor errors".to_owned()))?;
    serde_json::from_value(data).map_err(|error| malformed(error.to_string()))
}
