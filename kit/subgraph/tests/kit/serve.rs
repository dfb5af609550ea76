//! Serving: what clients see when things go wrong, and how a stop looks from outside.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_graphql::{Object, Schema, SimpleObject, Subscription};
use axum::{Router, extract::State, http::Method};
use futures_util::{SinkExt as _, Stream, StreamExt as _};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use souk_process::{
    Env, Shutdown, ready,
    telemetry::{Telemetry, TelemetryConfig},
};
use souk_subgraph::{
    ApiError, Runtime, StoreError, SubgraphConfig,
    auth::{CalledBy, RequiresScope, SignedIn},
    serve::{self, Subgraph},
};
use souk_testing::{Identity, MySql, eventually, graphql, http_client, until};
use sqlx::migrate::Migrator;
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest as _};

use crate::ground::LIMIT;

struct Query {
    entered: Arc<Notify>,
    go_on: Arc<Notify>,
}

#[derive(SimpleObject)]
struct Pair {
    good: i32,
}

#[Object]
impl Query {
    async fn pair(&self) -> Pair {
        Pair { good: 1 }
    }

    /// Ends when the test says so.
    async fn slow(&self) -> bool {
        self.entered.notify_one();
        self.go_on.notified().await;
        true
    }

    async fn panics(&self) -> Option<bool> {
        let rows: [bool; 0] = [];
        Some(*rows.first().expect("secret of the implementation"))
    }

    async fn store(&self) -> Result<bool, ApiError> {
        Err(StoreError::bad_row("orders", "secret_column", "ord_1", "not a secret").into())
    }

    async fn database(&self) -> Result<bool, ApiError> {
        Err(StoreError::from(sqlx::Error::Configuration("mysql://user:secret@host".into())).into())
    }

    async fn away(&self) -> Result<bool, ApiError> {
        Err(StoreError::from(sqlx::Error::PoolTimedOut).into())
    }

    async fn raced(&self) -> Result<bool, ApiError> {
        Err(StoreError::Lost { what: "ord_1".to_owned() }.into())
    }

    #[graphql(guard = "SignedIn")]
    async fn signed_in(&self) -> bool {
        true
    }

    #[graphql(guard = "RequiresScope(\"orders:read\")")]
    async fn scoped(&self) -> bool {
        true
    }

    #[graphql(guard = "CalledBy(&[\"payments\"])")]
    async fn internal(&self) -> bool {
        true
    }
}

struct Ticks;

#[Subscription]
impl Ticks {
    /// One value, then silence.
    async fn ticks(&self) -> impl Stream<Item = i32> {
        futures_util::stream::iter([1]).chain(futures_util::stream::pending())
    }
}

struct Service {
    base: String,
    identity: Identity,
    shutdown: Shutdown,
    entered: Arc<Notify>,
    go_on: Arc<Notify>,
    ended: tokio::task::JoinHandle<()>,
    _folder: tempfile::TempDir,
}

async fn service(registry: Option<&str>) -> Service {
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::create(folder.path());
    let database = MySql::shared().await.database().await;
    let ready_file = folder.path().join("ready.json");
    let mut variables = BTreeMap::from([
        ("SOUK_MYSQL_URL", database.url().expose_secret().to_owned()),
        ("SOUK_KAFKA_BROKERS", "127.0.0.1:1".to_owned()),
        ("SOUK_TRUST_BUNDLE", identity.bundle.display().to_string()),
        ("SOUK_SERVICE_KEY", identity.key_file("orders").display().to_string()),
        ("SOUK_READY_FILE", ready_file.display().to_string()),
    ]);
    if let Some(registry) = registry {
        variables.insert("SOUK_DISCOVERY_URLS", registry.to_owned());
    }
    let mut env = Env::from_pairs(variables);
    let config = SubgraphConfig::read(&mut env, "orders").unwrap();
    let telemetry = Telemetry::install(&TelemetryConfig::read(&mut Env::process()));
    let (shutdown, entered, go_on) = (Shutdown::new(), Arc::new(Notify::new()), Arc::new(Notify::new()));
    let query = Query { entered: entered.clone(), go_on: go_on.clone() };
    let stop = shutdown.clone();
    let ended = tokio::spawn(async move {
        let runtime = Runtime::start(config, &Migrator::DEFAULT, telemetry, stop).await.unwrap();
        let schema = Schema::build(query, async_graphql::EmptyMutation, Ticks).enable_federation().finish();
        let subgraph = Subgraph { schema, per_request: |request| request, routes: Router::new(), subscriptions: true };
        serve::serve(runtime, subgraph).await.unwrap();
    });
    let addresses = eventually("the start", LIMIT, || std::future::ready(ready::read(&ready_file))).await;
    let base = format!("http://{}", addresses["http"]);
    Service { base, identity, shutdown, entered, go_on, ended, _folder: folder }
}

impl Service {
    async fn ask(&self, query: &str, token: Option<&str>) -> souk_testing::Answer {
        graphql(&format!("{}/graphql", self.base), token, query, json!({})).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_ours_are_masked_and_faults_of_the_request_are_told() {
    let service = service(None).await;
    for (query, code) in [
        ("{ panics }", "INTERNAL"),
        ("{ store }", "INTERNAL"),
        ("{ database }", "INTERNAL"),
        ("{ away }", "UNAVAILABLE"),
        ("{ raced }", "CONFLICT"),
        ("{ nonsense }", "BAD_USER_INPUT"),
        ("{", "BAD_USER_INPUT"),
        ("{ signedIn }", "UNAUTHENTICATED"),
        ("{ scoped }", "UNAUTHENTICATED"),
        ("{ internal }", "FORBIDDEN"),
    ] {
        let answer = service.ask(query, None).await;
        assert_eq!(answer.code(), code, "{query}: {answer:?}");
        assert!(!format!("{answer:?}").contains("secret"), "{query}: {answer:?}");
    }
    assert_eq!(service.ask("{ pair { good } }", None).await.ok()["pair"]["good"], 1, "it lives on after a panic");

    let staff = service.identity.staff_token();
    assert_eq!(service.ask("{ scoped signedIn }", Some(&staff)).await.ok()["scoped"], true);
    assert_eq!(service.ask("{ internal }", Some(&staff)).await.code(), "FORBIDDEN");
    let payments = service.identity.service_token("payments", "orders");
    assert_eq!(service.ask("{ internal }", Some(&payments)).await.ok()["internal"], true);
    assert_eq!(service.ask("{ scoped }", Some(&payments)).await.code(), "FORBIDDEN");

    for body in [String::new(), "not json".to_owned(), "x".repeat(9 << 20)] {
        let answer = http_client().post(format!("{}/graphql", service.base)).body(body).send().await.unwrap();
        let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    }
    service.shutdown.request();
    tokio::time::timeout(LIMIT, service.ended).await.unwrap().unwrap();
}

/// A registry that remembers what it was told, and whether the service still answered when it was told to forget it.
#[derive(Clone, Default)]
struct Registry {
    told: Arc<Mutex<Vec<String>>>,
    service: Arc<Mutex<String>>,
}

async fn registry() -> (String, Registry) {
    async fn answer(State(registry): State<Registry>, method: Method) -> http::StatusCode {
        if method == Method::DELETE {
            let base = registry.service.lock().unwrap().clone();
            let alive = http_client().get(format!("{base}/health/live")).send().await.is_ok();
            registry.told.lock().unwrap().push(format!("DELETE, still serving: {alive}"));
            return http::StatusCode::OK;
        }
        if method == Method::POST {
            registry.told.lock().unwrap().push("POST".to_owned());
            return http::StatusCode::NO_CONTENT;
        }
        http::StatusCode::NOT_FOUND
    }
    let registry = Registry::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/eureka", listener.local_addr().unwrap());
    let app = Router::new().fallback(answer).with_state(registry.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, registry)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_leaves_discovery_first_then_ends_sockets_and_lets_requests_end() {
    let (url, registry) = registry().await;
    let service = service(Some(&url)).await;
    registry.service.lock().unwrap().clone_from(&service.base);
    until("the registration", LIMIT, || async { registry.told.lock().unwrap().contains(&"POST".to_owned()) }).await;

    let mut socket = subscribe(&service).await;
    let slow = tokio::spawn({
        let url = format!("{}/graphql", service.base);
        async move { graphql(&url, None, "{ slow }", json!({})).await.ok() }
    });
    service.entered.notified().await;
    service.shutdown.request();

    let closed = tokio::time::timeout(LIMIT, socket.next()).await.unwrap().unwrap().unwrap();
    let Message::Close(Some(frame)) = closed else { panic!("{closed:?}") };
    assert_eq!(u16::from(frame.code), 1001, "going away: {frame:?}");
    assert!(registry.told.lock().unwrap().contains(&"DELETE, still serving: true".to_owned()), "{:?}", registry.told);
    let refused = || async { http_client().get(format!("{}/health/live", service.base)).send().await.is_err() };
    until("the end of the listener", LIMIT, refused).await;
    assert!(!slow.is_finished());
    service.go_on.notify_one();
    assert_eq!(slow.await.unwrap()["slow"], true, "the request under way ended well");
    tokio::time::timeout(LIMIT, service.ended).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_is_away_delays_neither_start_nor_stop_for_long() {
    let service = service(Some("http://127.0.0.1:1/eureka")).await;
    assert_eq!(service.ask("{ pair { good } }", None).await.ok()["pair"]["good"], 1);
    service.shutdown.request();
    tokio::time::timeout(Duration::from_secs(10), service.ended).await.unwrap().unwrap();
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// A socket with one subscription that has given its first value.
async fn subscribe(service: &Service) -> Socket {
    let mut request = format!("{}/graphql/ws", service.base.replace("http", "ws")).into_client_request().unwrap();
    let protocol = http::HeaderValue::from_static("graphql-transport-ws");
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let hello = json!({ "type": "connection_init", "payload": { "Authorization": format!("Bearer {}", service.identity.staff_token()) } });
    socket.send(Message::text(hello.to_string())).await.unwrap();
    assert_eq!(next(&mut socket).await["type"], "connection_ack");
    let start = json!({ "id": "1", "type": "subscribe", "payload": { "query": "subscription { ticks }" } });
    socket.send(Message::text(start.to_string())).await.unwrap();
    assert_eq!(next(&mut socket).await["payload"]["data"]["ticks"], 1);
    socket
}

async fn next(socket: &mut Socket) -> Value {
    let message = tokio::time::timeout(LIMIT, socket.next()).await.unwrap().unwrap().unwrap();
    serde_json::from_str(message.to_text().unwrap()).unwrap()
}
