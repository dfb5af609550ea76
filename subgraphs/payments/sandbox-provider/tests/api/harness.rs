//! Runs a provider on a free port, and a shop that receives its webhooks.

use std::{
    collections::VecDeque,
    future::Future,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use reqwest::{Client, Response};
use sandbox_provider::Config;
use serde_json::{Value, json};
use souk_process::{
    Env, Shutdown, ready,
    telemetry::{Telemetry, TelemetryConfig},
};
use tempfile::TempDir;

pub const API_KEY: &str = "sk_test";
pub const WEBHOOK_SECRET: &str = "whsec_test";
const DEADLINE: Duration = Duration::from_secs(20);

/// Waits until `look` finds something.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let found = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(DEADLINE, found).await.unwrap_or_else(|_| panic!("{what} did not happen in time"))
}

#[derive(Debug, Clone)]
pub struct Received {
    pub id: String,
    pub signature: String,
    pub body: String,
}

impl Received {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// The receiver; it answers with the queued statuses first, then 204.
#[derive(Debug, Clone, Default)]
pub struct Shop {
    received: Arc<Mutex<Vec<Received>>>,
    answers: Arc<Mutex<VecDeque<StatusCode>>>,
}

impl Shop {
    pub async fn open() -> (Self, String) {
        let shop = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let routes = Router::new().route("/hook", post(Self::take)).with_state(shop.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        (shop, url)
    }

    pub fn answer_next(&self, status: StatusCode) {
        self.answers.lock().unwrap().push_back(status);
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// The first webhook of this type for this reference.
    pub async fn told(&self, kind: &str, reference: &str) -> Received {
        eventually(&format!("webhook {kind} for {reference}"), || async {
            self.received().into_iter().find(|hook| {
                let body = hook.json();
                body["type"] == kind && body["charge"]["reference"] == reference
            })
        })
        .await
    }

    async fn take(State(shop): State<Self>, headers: HeaderMap, body: String) -> StatusCode {
        let header = |name: &str| headers[name].to_str().unwrap().to_owned();
        let received = Received { id: header("souk-webhook-id"), signature: header("souk-signature"), body };
        shop.received.lock().unwrap().push(received);
        shop.answers.lock().unwrap().pop_front().unwrap_or(StatusCode::NO_CONTENT)
    }
}

pub fn variables(folder: &Path, webhook_url: &str) -> Vec<(String, String)> {
    [
        ("SOUK_PROVIDER_API_KEY", API_KEY),
        ("SOUK_PROVIDER_WEBHOOK_SECRET", WEBHOOK_SECRET),
        ("SOUK_PROVIDER_WEBHOOK_URL", webhook_url),
        ("SOUK_PROVIDER_LEDGER", folder.join("ledger.jsonl").to_str().unwrap()),
        ("SOUK_READY_FILE", folder.join("ready.json").to_str().unwrap()),
        ("SOUK_PROVIDER_SLOW_MS", "300"),
        ("SOUK_PROVIDER_LATE_MS", "50"),
        ("SOUK_PROVIDER_WEBHOOK_RETRY_MS", "10"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

/// The address that a starting provider tells.
pub async fn address(ready_file: &Path) -> String {
    let addresses = eventually("the ready file", || async { ready::read(ready_file) }).await;
    format!("http://{}", addresses["http"])
}

pub struct Provider {
    pub api: Api,
    pub shop: Shop,
    folder: Arc<TempDir>,
    webhook_url: String,
    shutdown: Shutdown,
    running: tokio::task::JoinHandle<Result<(), sandbox_provider::Error>>,
}

impl Provider {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    pub async fn start_with(more: &[(&str, &str)]) -> Self {
        let (shop, webhook_url) = Shop::open().await;
        Self::open(Arc::new(TempDir::new().unwrap()), shop, webhook_url, more).await
    }

    /// Stops in order and starts again on the same ledger.
    pub async fn restart(self) -> Self {
        self.shutdown.request();
        self.running.await.unwrap().unwrap();
        assert!(self.shutdown.drain(DEADLINE).await);
        Self::open(self.folder, self.shop, self.webhook_url, &[]).await
    }

    pub fn ledger_file(&self) -> PathBuf {
        self.folder.path().join("ledger.jsonl")
    }

    async fn open(folder: Arc<TempDir>, shop: Shop, webhook_url: String, more: &[(&str, &str)]) -> Self {
        let ready_file = folder.path().join("ready.json");
        let _ = std::fs::remove_file(&ready_file);
        let mut pairs = variables(folder.path(), &webhook_url);
        pairs.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let mut env = Env::from_pairs(pairs);
        let telemetry = Telemetry::install(&TelemetryConfig::read(&mut env));
        let config = Config::read(&mut env).unwrap();
        let shutdown = Shutdown::new();
        let mut running = tokio::spawn(sandbox_provider::run(config, telemetry, shutdown.clone()));
        let address = tokio::select! {
            address = address(&ready_file) => address,
            ended = &mut running => panic!("the provider does not start: {ended:?}"),
        };
        let api = Api::new(address);
        Self { api, shop, folder, webhook_url, shutdown, running }
    }
}

/// The shop's client.
#[derive(Debug, Clone)]
pub struct Api {
    pub base: String,
    pub client: Client,
}

impl Api {
    pub fn new(base: String) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { base, client: Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap() }
    }

    pub async fn post(&self, path: &str, key: &str, body: &Value) -> Response {
        self.try_post(path, key, body, DEADLINE).await.unwrap()
    }

    pub async fn try_post(
        &self,
        path: &str,
        key: &str,
        body: &Value,
        patience: Duration,
    ) -> Result<Response, reqwest::Error> {
        let request = self.client.post(format!("{}{path}", self.base)).bearer_auth(API_KEY);
        request.header("idempotency-key", key).json(body).timeout(patience).send().await
    }

    pub async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.base)).bearer_auth(API_KEY).send().await.unwrap()
    }

    /// A charge that must be taken; `reference` is the idempotency key too.
    pub async fn charge(&self, reference: &str, method: &str, token: &str, capture: bool) -> Value {
        let response = self.post("/v1/charges", reference, &charge(reference, method, token, capture)).await;
        assert_eq!(response.status(), StatusCode::CREATED);
        response.json().await.unwrap()
    }

    /// The status and JSON of a change on a charge.
    pub async fn change(&self, charge: &Value, op: &str, key: &str, body: Value) -> (StatusCode, Value) {
        let path = format!("/v1/charges/{}/{op}", charge["id"].as_str().unwrap());
        let response = self.post(&path, key, &body).await;
        (response.status(), response.json().await.unwrap())
    }

    pub async fn by_reference(&self, reference: &str) -> Vec<Value> {
        let found: Value = self.get(&format!("/v1/charges?reference={reference}")).await.json().await.unwrap();
        found["data"].as_array().unwrap().clone()
    }

    /// What the customer does at the charge's url.
    pub async fn decide(&self, charge: &Value, decision: &str) -> Response {
        let url = format!("{}/{decision}", charge["next_action"]["url"].as_str().unwrap());
        self.client.post(url).send().await.unwrap()
    }
}

pub fn charge(reference: &str, method: &str, token: &str, capture: bool) -> Value {
    json!({
        "reference": reference, "amount_minor": 1990, "currency": "EUR",
        "method": method, "token": token, "capture": capture,
    })
}
