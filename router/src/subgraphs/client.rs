//! The two HTTP clients of the router. Queries to subgraphs are many and alike, so they go through hyper's pooled
//! client itself: nothing is followed, decompressed, retried or read from the environment on the way.

use std::{
    sync::{Arc, Once},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt as _;

const IDLE: Duration = Duration::from_secs(60);

/// Sends whole requests over kept connections, HTTP/1.1, with or without TLS.
pub(super) type QueryClient = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// The client for queries.
pub(super) fn build_query_client(connect: Duration) -> QueryClient {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(Some(connect));
    Client::builder(TokioExecutor::new())
        .pool_idle_timeout(IDLE)
        .pool_timer(TokioTimer::new())
        .build(HttpsConnector::from((http, tls_config())))
}

fn tls_config() -> ClientConfig {
    let builder = || {
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider has cipher suites for the protocol versions it comes with")
    };
    match builder().with_platform_verifier() {
        Ok(verified) => verified.with_no_client_auth(),
        Err(error) => {
            tracing::warn!(%error, "no CA certificates on this machine; subgraphs are reached by plain HTTP only");
            builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth()
        }
    }
}

/// For everything but queries: schemas, and what is passed on unread. It works on a machine without CA certificates
/// too: plain HTTP then still does, TLS is refused.
pub(crate) fn build_client(connect: Duration) -> reqwest::Client {
    install_provider();
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

fn install_provider() {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Fails only when the process has chosen a provider already; that one then stays.
        let _ = ring::default_provider().install_default();
    });
}
