//! Payments with a provider, a courier between the two, and an orders service that writes down what it is told.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde_json::{Value, json};
use souk_contracts::{CustomerId, OrderId};
use souk_process::{
    Env, Shutdown, ready,
    telemetry::{Telemetry, TelemetryConfig},
};
use souk_testing::{Answer, Running, World, eventually, graphql};
use tempfile::TempDir;

pub const API_KEY: &str = "sk_test";
pub const WEBHOOK_SECRET: &str = "whsec_test";
pub const LIMIT: Duration = Duration::from_secs(30);

const SNAPSHOT: &str = "paymentId orderId attempt version method state amount { amount currencyCode }
    authorized { amount } captured { amount } refunded { amount } nextAction { kind url } failureReason cancelled";

/// A webhook on its way.
#[derive(Debug, Clone)]
pub struct Letter {
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Between the provider and payments: keeps a copy of each webhook, passes it on when a receiver is named.
#[derive(Debug, Clone, Default)]
pub struct Courier {
    receiver: Arc<Mutex<Option<String>>>,
    letters: Arc<Mutex<Vec<Letter>>>,
}

impl Courier {
    pub fn deliver_to(&self, url: Option<String>) {
        *self.receiver.lock().unwrap() = url;
    }

    pub fn letters(&self) -> Vec<Letter> {
        self.letters.lock().unwrap().clone()
    }

    async fn take(State(courier): State<Self>, headers: HeaderMap, body: Bytes) -> StatusCode {
        let letter = Letter { headers, body };
        courier.letters.lock().unwrap().push(letter.clone());
        let receiver = courier.receiver.lock().unwrap().clone();
        match receiver {
            Some(url) => letter.post(&url).await,
            None => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl Letter {
    pub async fn post(&self, url: &str) -> StatusCode {
        let signature = self.headers["souk-signature"].to_str().unwrap();
        post_webhook(url, signature, self.body.clone()).await
    }
}

pub async fn post_webhook(url: &str, signature: &str, body: impl Into<reqwest::Body>) -> StatusCode {
    let request = reqwest::Client::new().post(url).header("souk-signature", signature).body(body);
    request.send().await.unwrap().status()
}

/// Stands for orders.
#[derive(Debug, Clone, Default)]
pub struct Orders {
    told: Arc<Mutex<Vec<Value>>>,
    failures: Arc<AtomicU32>,
}

impl Orders {
    pub fn told(&self) -> Vec<Value> {
        self.told.lock().unwrap().clone()
    }

    /// The next calls are answered UNAVAILABLE.
    pub fn fail(&self, calls: u32) {
        self.failures.store(calls, Ordering::SeqCst);
    }

    async fn take(State(orders): State<Self>, Json(request): Json<Value>) -> Json<Value> {
        let failing = orders.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if failing.is_ok() {
            return Json(json!({ "errors": [{ "message": "away", "extensions": { "code": "UNAVAILABLE" } }] }));
        }
        orders.told.lock().unwrap().push(request["variables"]["input"].clone());
        Json(json!({ "data": { "paymentSettled": true } }))
    }
}

/// The provider's process, in this one.
pub struct Provider {
    pub url: String,
    shutdown: Shutdown,
    running: tokio::task::JoinHandle<()>,
}

impl Provider {
    pub async fn start(folder: &TempDir, webhook_url: &str, listen: &str) -> Self {
        let ready_file = folder.path().join("ready.json");
        let _ = std::fs::remove_file(&ready_file);
        let mut env = Env::from_pairs([
            ("SOUK_LISTEN", listen),
            ("SOUK_PROVIDER_API_KEY", API_KEY),
            ("SOUK_PROVIDER_WEBHOOK_SECRET", WEBHOOK_SECRET),
            ("SOUK_PROVIDER_WEBHOOK_URL", webhook_url),
            ("SOUK_PROVIDER_LEDGER", folder.path().join("ledger.jsonl").to_str().unwrap()),
            ("SOUK_READY_FILE", ready_file.to_str().unwrap()),
            ("SOUK_PROVIDER_SLOW_MS", "1200"),
            ("SOUK_PROVIDER_LATE_MS", "300"),
            ("SOUK_PROVIDER_WEBHOOK_RETRY_MS", "20"),
        ]);
        let config = sandbox_provider::Config::read(&mut env).unwrap();
        let telemetry = Telemetry::install(&TelemetryConfig::read(&mut Env::process()));
        let shutdown = Shutdown::new();
        let service = sandbox_provider::run(config, telemetry, shutdown.clone());
        let running = tokio::spawn(async move { service.await.unwrap() });
        let addresses = eventually("the provider's start", LIMIT, || async { ready::read(&ready_file) }).await;
        Self { url: format!("http://{}", addresses["http"]), shutdown, running }
    }

    /// Stops it; its address can be taken again.
    pub async fn stop(&mut self) -> String {
        self.shutdown.request();
        (&mut self.running).await.unwrap();
        self.shutdown.drain(LIMIT).await;
        self.url.trim_start_matches("http://").to_owned()
    }

    pub async fn charges_of(&self, payment: &Value) -> Vec<Value> {
        let url = format!("{}/v1/charges?reference={}", self.url, payment["paymentId"].as_str().unwrap());
        let answer = reqwest::Client::new().get(url).bearer_auth(API_KEY).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["data"].as_array().unwrap().clone()
    }
}

pub struct Till {
    pub world: World,
    pub service: Running,
    pub provider: Provider,
    pub courier: Courier,
    pub orders: Orders,
    pub webhook_url: String,
    pub courier_url: String,
    pub folder: TempDir,
}

async fn serve(routes: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    format!("http://{address}")
}

impl Till {
    pub async fn open() -> Self {
        Self::open_with(&[]).await
    }

    pub async fn open_with(more: &[(&str, &str)]) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (courier, orders) = (Courier::default(), Orders::default());
        let courier_url = serve(Router::new().route("/", post(Courier::take)).with_state(courier.clone())).await;
        let orders_url = serve(Router::new().route("/graphql", post(Orders::take)).with_state(orders.clone())).await;
        let folder = TempDir::new().unwrap();
        let provider = Provider::start(&folder, &courier_url, "127.0.0.1:0").await;

        let mut world = World::new("payments").await;
        world.set("SOUK_SERVICES", format!("orders={orders_url}"));
        world.set("SOUK_PROVIDER_URL", &provider.url);
        world.set("SOUK_PROVIDER_API_KEY", API_KEY);
        world.set("SOUK_PROVIDER_WEBHOOK_SECRET", WEBHOOK_SECRET);
        world.set("SOUK_PROVIDER_TIMEOUT_MS", 900);
        world.set("SOUK_PAYMENT_REPLY_MS", 600);
        world.set("SOUK_PAYMENT_RETRY_MS", 50);
        for (name, value) in more {
            world.set(name, value);
        }
        let service = run(&world).await;
        let webhook_url = format!("{}/webhooks/sandbox", service.base);
        courier.deliver_to(Some(webhook_url.clone()));
        Self { world, service, provider, courier, orders, webhook_url, courier_url, folder }
    }

    /// An operation in the name of orders.
    pub async fn as_orders(&self, query: &str, variables: Value) -> Answer {
        let token = self.world.identity.service_token("orders", "payments");
        graphql(&self.service.graphql, Some(&token), query, variables).await
    }

    pub async fn try_start(&self, input: Value) -> Answer {
        let query = format!("mutation($input: PaymentStartInput!) {{ paymentStart(input: $input) {{ {SNAPSHOT} }} }}");
        self.as_orders(&query, json!({ "input": input })).await
    }

    pub async fn start(&self, input: Value) -> Value {
        self.try_start(input).await.ok()["paymentStart"].clone()
    }

    pub async fn try_capture(&self, order: OrderId) -> Answer {
        let query = format!("mutation($id: ID!) {{ paymentCapture(orderId: $id) {{ {SNAPSHOT} }} }}");
        self.as_orders(&query, json!({ "id": order.to_string() })).await
    }

    pub async fn cancel(&self, order: OrderId, attempt: Option<u32>) -> Vec<Value> {
        let query =
            format!("mutation($input: PaymentCancelInput!) {{ paymentCancel(input: $input) {{ {SNAPSHOT} }} }}");
        let input = json!({ "orderId": order.to_string(), "attempt": attempt, "reason": "order cancelled" });
        let data = self.as_orders(&query, json!({ "input": input })).await.ok();
        data["paymentCancel"].as_array().unwrap().clone()
    }

    pub async fn payments(&self, order: OrderId) -> Vec<Value> {
        let query = format!("query($id: ID!) {{ paymentsForOrder(orderId: $id) {{ {SNAPSHOT} }} }}");
        let data = self.as_orders(&query, json!({ "id": order.to_string() })).await.ok();
        data["paymentsForOrder"].as_array().unwrap().clone()
    }

    /// The order's only payment, once it is in `state`.
    pub async fn becomes(&self, order: OrderId, state: &str) -> Value {
        eventually(&format!("a payment that is {state}"), LIMIT, || async {
            let payments = self.payments(order).await;
            payments.into_iter().find(|payment| payment["state"] == state)
        })
        .await
    }

    /// What orders is told of an order with this state.
    pub async fn told(&self, order: OrderId, state: &str) -> Value {
        let order = order.to_string();
        eventually(&format!("orders being told of {state}"), LIMIT, || async {
            self.orders.told().into_iter().find(|told| told["orderId"] == order.as_str() && told["state"] == state)
        })
        .await
    }

    /// What the customer does at the provider.
    pub async fn decide(&self, payment: &Value, decision: &str) {
        let url = format!("{}/{decision}", payment["nextAction"]["url"].as_str().unwrap());
        assert!(reqwest::Client::new().post(url).send().await.unwrap().status().is_success());
    }

    /// Versions of the events of a payment that the broker has acknowledged.
    pub async fn published(&self, payment: &Value) -> Vec<i64> {
        let mut connection = self.world.database.connect().await;
        let rows: Vec<(i64,)> = sqlx::query_as(
            "SELECT version FROM outbox WHERE subject = ? AND published_at IS NOT NULL ORDER BY version",
        )
        .bind(payment["paymentId"].as_str().unwrap())
        .fetch_all(&mut connection)
        .await
        .unwrap();
        rows.into_iter().map(|(version,)| version).collect()
    }

    pub async fn events_arrive(&self, payment: &Value, versions: &[i64]) {
        eventually(&format!("the events {versions:?}"), LIMIT, || async {
            (self.published(payment).await == versions).then_some(())
        })
        .await;
    }
}

pub async fn run(world: &World) -> Running {
    world
        .run(|mut env, telemetry, shutdown| async move {
            let config = payments::Config::read(&mut env).map_err(|error| error.to_string())?;
            payments::run(config, telemetry, shutdown).await.map_err(|error| error.to_string())
        })
        .await
}

pub fn an_order() -> OrderId {
    OrderId(uuid::Uuid::new_v4())
}

pub fn a_customer() -> CustomerId {
    CustomerId(uuid::Uuid::new_v4())
}

/// A first attempt over 19.90 EUR.
pub fn input(order: OrderId, method: &str, token: Option<&str>) -> Value {
    json!({
        "orderId": order.to_string(), "attempt": 1, "customerId": null, "method": method, "token": token,
        "amount": { "amount": "19.90", "currencyCode": "EUR" },
    })
}

pub fn card(order: OrderId, token: &str) -> Value {
    input(order, "CARD", Some(token))
}

pub fn amount<'a>(payment: &'a Value, field: &str) -> &'a str {
    payment[field]["amount"].as_str().unwrap()
}
