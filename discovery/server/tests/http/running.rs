//! A registry that runs for one test, and a client that speaks to it.

use std::{net::SocketAddr, sync::Once, time::Duration};

use discovery_server::Config;
use reqwest::{Method, RequestBuilder, Response};
use souk_process::{Env, Shutdown};
use tokio::net::TcpListener;

pub const ORDERS: (&str, &str) = ("orders", "orders-secret");
pub const PAYMENTS: (&str, &str) = ("payments", "payments-secret");

/// Stops when it is dropped.
pub struct Registry {
    pub address: SocketAddr,
    pub client: reqwest::Client,
    shutdown: Shutdown,
}

impl Registry {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// With further variables of its configuration.
    pub async fn start_with(variables: &[(&str, &str)]) -> Self {
        let credentials = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/credentials.json");
        let pairs = [("SOUK_DISCOVERY_CREDENTIALS", credentials), ("SOUK_DISCOVERY_EVICTION_INTERVAL_MS", "20")];
        let config = Config::read(&mut Env::from_pairs(pairs.iter().chain(variables).copied())).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = Shutdown::new();
        tokio::spawn(discovery_server::serve(listener, config, shutdown.clone()));
        Self { address, client: plain_client(), shutdown }
    }

    /// `path` below `/eureka`.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}/eureka{path}", self.address)).timeout(Duration::from_secs(10))
    }

    pub async fn get(&self, path: &str, accept: &str) -> Response {
        self.request(Method::GET, path).header("accept", accept).send().await.unwrap()
    }

    pub async fn write(&self, method: Method, path: &str, (user, secret): (&str, &str)) -> Response {
        self.request(method, path).basic_auth(user, Some(secret)).send().await.unwrap()
    }

    pub async fn register(&self, app: &str, body: impl Into<reqwest::Body>, kind: &str) -> Response {
        let request = self.request(Method::POST, &format!("/apps/{app}")).header("content-type", kind).body(body);
        request.basic_auth(app.to_lowercase(), Some(format!("{}-secret", app.to_lowercase()))).send().await.unwrap()
    }

    /// A complete registration of ORDERS with the given parts in place of the fixture's.
    pub async fn register_with(&self, parts: &[(&str, serde_json::Value)]) -> Response {
        let mut body: serde_json::Value = serde_json::from_str(&fixture("register.json")).unwrap();
        for (name, value) in parts {
            body["instance"][*name] = value.clone();
        }
        self.register("ORDERS", body.to_string(), "application/json").await
    }

    /// One instance as JSON; None on 404.
    pub async fn instance(&self, id: &str) -> Option<serde_json::Value> {
        let answer = self.get(&format!("/apps/ORDERS/{id}"), "application/json").await;
        let found = answer.status() == 200;
        let body = answer.text().await.unwrap();
        found.then(|| serde_json::from_str::<serde_json::Value>(&body).unwrap()["instance"].take())
    }

    pub fn stop(&self) {
        self.shutdown.request();
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.stop();
    }
}

pub fn fixture(name: &str) -> String {
    let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// No root certificates are needed for plain HTTP, and answers stay compressed so that tests see it.
fn plain_client() -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder().tls_certs_only([]).no_gzip().build().unwrap()
}
