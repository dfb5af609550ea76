//! Requests to one registry. The only file that knows paths and status codes of the protocol.

use std::{sync::Once, time::Duration};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, StatusCode, header};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::{
    view::Status,
    wire::{self, Fetched},
};

/// Everything but unreserved characters; an instance id may hold `:` and even `/`.
const PATH_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Why a registry did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RegistryError {
    #[error("registry {server} cannot be reached: {source}")]
    Unreachable { server: String, source: reqwest::Error },
    #[error("registry {server} answered {status} to {operation}")]
    Refused { server: String, operation: &'static str, status: StatusCode },
    #[error("registry {server} sent a registry that cannot be read: {source}")]
    Malformed { server: String, source: serde_json::Error },
}

impl RegistryError {
    /// A wrong credential or registration; trying again soon does not help.
    pub(crate) fn is_lasting(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if status.is_client_error())
    }
}

/// What a renewal found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Renewal {
    Renewed,
    /// The registry does not know the instance or wants newer data: register again.
    Unknown,
}

/// The change feed of a registry.
pub(crate) enum Feed {
    Open(reqwest::Response),
    /// A registry that is not ours.
    Absent,
}

/// One registry.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    /// Without credentials; shown in logs.
    pub(crate) label: String,
    base: Url,
    credential: Option<(String, SecretString)>,
    client: reqwest::Client,
    request_timeout: Duration,
}

/// A client that works on a machine without CA certificates too: plain HTTP then still does, TLS is refused.
pub(crate) fn build_client(connect_timeout: Duration) -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Fails only when the process has chosen a provider already; that one then stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let builder = || {
        let builder = reqwest::Client::builder().connect_timeout(connect_timeout);
        // Registries are neighbours; a proxy for the way out must not see their credentials.
        builder.pool_idle_timeout(Duration::from_secs(30)).no_proxy()
    };
    builder().build().unwrap_or_else(|error| {
        tracing::warn!(%error, "no CA certificates on this machine; registries are reached by plain HTTP only");
        builder().tls_certs_only([]).build().expect("a client without root certificates reads nothing that can fail")
    })
}

impl Server {
    pub(crate) fn new(url: &Url, client: reqwest::Client, request_timeout: Duration) -> Self {
        let mut base = url.clone();
        let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        let credential = (!url.username().is_empty())
            .then(|| (decode(url.username()), SecretString::from(decode(url.password().unwrap_or_default()))));
        // Cannot fail for http and https addresses, which have a host.
        let _ = base.set_username("");
        let _ = base.set_password(None);
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        Self { label: base.to_string(), base, credential, client, request_timeout }
    }

    /// The whole registry.
    pub(crate) async fn fetch_all(&self) -> Result<Fetched, RegistryError> {
        self.fetch("apps/", "full fetch").await
    }

    /// What changed in the last minutes, with the hash code of the whole.
    pub(crate) async fn fetch_delta(&self) -> Result<Fetched, RegistryError> {
        self.fetch("apps/delta", "delta fetch").await
    }

    /// Registers; only 204 is success.
    pub(crate) async fn register(&self, app: &str, body: &wire::Registering<'_>) -> Result<(), RegistryError> {
        let request = self.request(Method::POST, &format!("apps/{}", encode(&app.to_uppercase()))).json(body);
        let answer = self.send(request).await?;
        match answer.status() {
            StatusCode::NO_CONTENT => Ok(()),
            status => Err(self.refused("register", status)),
        }
    }

    pub(crate) async fn renew(
        &self,
        app: &str,
        id: &str,
        status: Status,
        dirty_ms: i64,
    ) -> Result<Renewal, RegistryError> {
        let path = format!("{}?status={}&lastDirtyTimestamp={dirty_ms}", instance_path(app, id), status.as_str());
        let answer = self.send(self.request(Method::PUT, &path)).await?;
        match answer.status() {
            StatusCode::NOT_FOUND => Ok(Renewal::Unknown),
            status if status.is_success() => Ok(Renewal::Renewed),
            status => Err(self.refused("renew", status)),
        }
    }

    /// Removes the instance; one that is unknown already is fine.
    pub(crate) async fn cancel(&self, app: &str, id: &str) -> Result<(), RegistryError> {
        let answer = self.send(self.request(Method::DELETE, &instance_path(app, id))).await?;
        match answer.status() {
            StatusCode::NOT_FOUND => Ok(()),
            status if status.is_success() => Ok(()),
            status => Err(self.refused("cancel", status)),
        }
    }

    /// Opens the change feed; it stays open, so only the head of the answer is under the time limit.
    pub(crate) async fn open_feed(&self) -> Result<Feed, RegistryError> {
        let request = self.client.get(self.at("changes")).header(header::ACCEPT, "text/event-stream");
        let answer = match tokio::time::timeout(self.request_timeout, request.send()).await {
            Ok(answer) => answer.map_err(|source| self.unreachable(source))?,
            Err(_) => return Err(self.refused("change feed", StatusCode::GATEWAY_TIMEOUT)),
        };
        let is_stream = answer
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        match answer.status() {
            StatusCode::OK if is_stream => Ok(Feed::Open(answer)),
            status if status.is_server_error() => Err(self.refused("change feed", status)),
            _ => Ok(Feed::Absent),
        }
    }

    async fn fetch(&self, path: &str, operation: &'static str) -> Result<Fetched, RegistryError> {
        let answer = self.send(self.request(Method::GET, path)).await?;
        if answer.status() != StatusCode::OK {
            return Err(self.refused(operation, answer.status()));
        }
        let body = answer.bytes().await.map_err(|source| self.unreachable(source))?;
        wire::read(&body).map_err(|source| RegistryError::Malformed { server: self.label.clone(), source })
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self
            .client
            .request(method, self.at(path))
            .header(header::ACCEPT, "application/json")
            .timeout(self.request_timeout);
        match &self.credential {
            Some((user, secret)) => request.basic_auth(user, Some(secret.expose_secret())),
            None => request,
        }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response, RegistryError> {
        request.send().await.map_err(|source| self.unreachable(source))
    }

    fn unreachable(&self, source: reqwest::Error) -> RegistryError {
        RegistryError::Unreachable { server: self.label.clone(), source }
    }

    fn refused(&self, operation: &'static str, status: StatusCode) -> RegistryError {
        RegistryError::Refused { server: self.label.clone(), operation, status }
    }
}

fn instance_path(app: &str, id: &str) -> String {
    format!("apps/{}/{}", encode(&app.to_uppercase()), encode(id))
}

fn encode(segment: &str) -> String {
    utf8_percent_encode(segment, PATH_SEGMENT).to_string()
}
