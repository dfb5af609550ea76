//! A registry that is not ours: no change feed, deltas that are wrong or switched off.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};
use std::time::Duration;

use axum::{Json, Router, extract::State, http::StatusCode, response::IntoResponse, routing::get};
use discovery_client::{Discovery, DiscoveryConfig};
use serde_json::{Value, json};
use souk_process::Shutdown;
use tokio::net::TcpListener;
use url::Url;

use crate::running::{config, eventually};

/// What the registry answers; tests change it as it runs.
#[derive(Default)]
struct Answers {
    /// Null is 500: broken.
    all: Mutex<Value>,
    /// None is 403: switched off.
    delta: Mutex<Option<Value>>,
    full_fetches: AtomicUsize,
}

async fn all(State(answers): State<Arc<Answers>>) -> impl IntoResponse {
    answers.full_fetches.fetch_add(1, Ordering::SeqCst);
    match answers.all.lock().unwrap().clone() {
        Value::Null => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        all => Json(all).into_response(),
    }
}

async fn delta(State(answers): State<Arc<Answers>>) -> impl IntoResponse {
    match answers.delta.lock().unwrap().clone() {
        Some(delta) => Json(delta).into_response(),
        None => StatusCode::FORBIDDEN.into_response(),
    }
}

fn document(hash: &str, instances: &[(&str, u16, &str)]) -> Value {
    let instances: Vec<Value> = instances
        .iter()
        .map(|(status, port, action)| {
            json!({"instanceId": format!("i{port}"), "hostName": "127.0.0.1", "status": status, "actionType": action,
                "port": {"$": port, "@enabled": "true"}})
        })
        .collect();
    json!({"applications": {"versions__delta": "1", "apps__hashcode": hash,
        "application": [{"name": "ORDERS", "instance": instances}]}})
}

async fn start(answers: &Arc<Answers>, shutdown: &Shutdown) -> Discovery {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/eureka/", listener.local_addr().unwrap())).unwrap();
    let routes = Router::new().route("/eureka/apps/", get(all)).route("/eureka/apps/delta", get(delta));
    let serving = axum::serve(listener, routes.with_state(Arc::clone(answers)));
    tokio::spawn(serving.with_graceful_shutdown(shutdown.signal()).into_future());
    Discovery::start(DiscoveryConfig { backoff_limit: Duration::from_millis(50), ..config([url]) }, shutdown)
}

fn ports(view: &discovery_client::RegistryView) -> Vec<u16> {
    view.up("orders").iter().filter_map(|instance| instance.base_url.port()).collect()
}

#[tokio::test]
async fn a_registry_without_a_feed_is_polled() {
    let (answers, shutdown) = (Arc::new(Answers::default()), Shutdown::new());
    *answers.all.lock().unwrap() = document("UP_1_", &[("UP", 1, "ADDED")]);
    *answers.delta.lock().unwrap() = Some(document("UP_1_", &[]));
    let discovery = start(&answers, &shutdown).await;
    eventually(&discovery, "loaded", |view| ports(view) == [1]).await;
    *answers.delta.lock().unwrap() = Some(document("UP_1_", &[("UP", 1, "DELETED"), ("UP", 2, "ADDED")]));
    eventually(&discovery, "the delta", |view| ports(view) == [2]).await;
    assert_eq!(answers.full_fetches.load(Ordering::SeqCst), 1, "deltas that add up need no full fetch");
    shutdown.request();
}

#[tokio::test]
async fn a_delta_that_does_not_add_up_or_is_switched_off_leads_to_a_full_fetch() {
    for (name, wrong) in [("wrong hash", Some(document("UP_7_", &[("UP", 1, "ADDED")]))), ("switched off", None)] {
        let (answers, shutdown) = (Arc::new(Answers::default()), Shutdown::new());
        *answers.all.lock().unwrap() = document("UP_1_", &[("UP", 1, "ADDED")]);
        *answers.delta.lock().unwrap() = wrong;
        let discovery = start(&answers, &shutdown).await;
        eventually(&discovery, "loaded", |view| ports(view) == [1]).await;
        *answers.all.lock().unwrap() = document("UP_2_", &[("UP", 1, "ADDED"), ("UP", 2, "ADDED")]);
        eventually(&discovery, name, |view| ports(view) == [1, 2]).await;
        shutdown.request();
    }
}

#[tokio::test]
async fn after_an_outage_deltas_are_not_trusted() {
    let (answers, shutdown) = (Arc::new(Answers::default()), Shutdown::new());
    *answers.all.lock().unwrap() = document("UP_1_", &[("UP", 1, "ADDED")]);
    *answers.delta.lock().unwrap() = Some(document("UP_1_", &[]));
    let discovery = start(&answers, &shutdown).await;
    eventually(&discovery, "loaded", |view| ports(view) == [1]).await;
    *answers.all.lock().unwrap() = Value::Null;
    *answers.delta.lock().unwrap() = None;
    eventually(&discovery, "stale", |view| view.stale_since.is_some()).await;
    // Another instance has taken the place of the first; neither the delta nor the count shows it.
    *answers.delta.lock().unwrap() = Some(document("UP_1_", &[]));
    *answers.all.lock().unwrap() = document("UP_1_", &[("UP", 2, "ADDED")]);
    eventually(&discovery, "fetched anew", |view| ports(view).contains(&2)).await;
    shutdown.request();
}
