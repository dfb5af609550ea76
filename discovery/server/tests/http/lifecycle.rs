//! Register, renew, override, change, leave: what each request answers and what is listed afterwards.

use reqwest::Method;
use serde_json::json;

use crate::running::{ORDERS, Registry};

const DIRTY: &str = "lastDirtyTimestamp=1600000000000";

/// Registered as `a`, changed at 1600000000000.
async fn registry_with_a() -> Registry {
    let registry = Registry::start().await;
    assert_eq!(registry.register_with(&[("instanceId", "a".into())]).await.status(), 204);
    registry
}

async fn status_of(registry: &Registry, id: &str) -> (String, String) {
    let instance = registry.instance(id).await.unwrap();
    let text = |name: &str| instance[name].as_str().unwrap().to_owned();
    (text("status"), text("overriddenStatus"))
}

#[tokio::test]
async fn a_heartbeat_is_answered_by_how_its_data_compare() {
    let registry = registry_with_a().await;
    for (path, expected) in [
        (format!("/apps/ORDERS/a?status=UP&{DIRTY}"), 200),
        ("/apps/ORDERS/a?status=UP&lastDirtyTimestamp=1".to_owned(), 200),
        ("/apps/ORDERS/a".to_owned(), 200),
        ("/apps/orders/a/".to_owned(), 200),
        ("/apps/ORDERS/a?status=UP&lastDirtyTimestamp=1600000000001".to_owned(), 404),
        (format!("/apps/ORDERS/b?status=UP&{DIRTY}"), 404),
    ] {
        let answer = registry.write(Method::PUT, &path, ORDERS).await;
        assert_eq!(answer.status(), expected, "{path}");
        assert_eq!(answer.text().await.unwrap(), "", "{path}: a body would be read as an instance");
    }
}

#[tokio::test]
async fn a_peer_that_is_behind_gets_the_newer_instance() {
    let registry = registry_with_a().await;
    let request =
        registry.request(Method::PUT, "/apps/ORDERS/a?lastDirtyTimestamp=1").basic_auth(ORDERS.0, Some(ORDERS.1));
    let request = request.header("x-netflix-discovery-replication", "true").header("accept", "application/json");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 409);
    let body: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(body["instance"]["lastDirtyTimestamp"], "1600000000000");
}

#[tokio::test]
async fn an_operators_status_holds_until_it_is_removed() {
    let registry = registry_with_a().await;
    let put = |path: &'static str| registry.write(Method::PUT, path, ORDERS);
    assert_eq!(put("/apps/ORDERS/a/status?value=OUT_OF_SERVICE").await.status(), 200);
    assert_eq!(status_of(&registry, "a").await, ("OUT_OF_SERVICE".to_owned(), "OUT_OF_SERVICE".to_owned()));
    registry.register_with(&[("instanceId", "a".into()), ("lastDirtyTimestamp", json!(1_600_000_000_001_i64))]).await;
    assert_eq!(status_of(&registry, "a").await.0, "OUT_OF_SERVICE", "the instance says UP");

    let removed = registry.write(Method::DELETE, "/apps/ORDERS/a/status?value=UP", ORDERS).await;
    assert_eq!(removed.status(), 200);
    assert_eq!(status_of(&registry, "a").await, ("UP".to_owned(), "UNKNOWN".to_owned()));

    put("/apps/ORDERS/a/status?value=DOWN").await;
    registry.write(Method::DELETE, "/apps/ORDERS/a/status", ORDERS).await;
    assert_eq!(status_of(&registry, "a").await.0, "UNKNOWN");
    assert_eq!(put("/apps/ORDERS/a").await.status(), 404, "an unknown status makes it register again");
    assert_eq!(put("/apps/ORDERS/a/status").await.status(), 400, "no value");
}

#[tokio::test]
async fn metadata_is_merged_and_of_a_repeated_key_the_first_value_counts() {
    let registry = registry_with_a().await;
    let answer = registry.write(Method::PUT, "/apps/ORDERS/a/metadata?zone_id=b&new=1&new=2", ORDERS).await;
    assert_eq!(answer.status(), 200);
    let metadata = registry.instance("a").await.unwrap()["metadata"].take();
    assert_eq!(metadata, json!({"graphql.path": "/graphql", "zone_id": "b", "new": "1"}));
}

#[tokio::test]
async fn an_instance_that_left_is_gone() {
    let registry = registry_with_a().await;
    assert_eq!(registry.write(Method::DELETE, "/apps/ORDERS/a", ORDERS).await.status(), 200);
    assert_eq!(registry.instance("a").await, None);
    for (method, path) in [
        (Method::DELETE, "/apps/ORDERS/a"),
        (Method::PUT, "/apps/ORDERS/a"),
        (Method::PUT, "/apps/ORDERS/a/status?value=UP"),
        (Method::DELETE, "/apps/ORDERS/a/status"),
        (Method::PUT, "/apps/ORDERS/a/metadata?k=v"),
    ] {
        assert_eq!(registry.write(method.clone(), path, ORDERS).await.status(), 404, "{method} {path}");
    }
}

#[tokio::test]
async fn a_full_registry_says_so() {
    let registry = Registry::start_with(&[("SOUK_DISCOVERY_MAX_INSTANCES", "1")]).await;
    assert_eq!(registry.register_with(&[("instanceId", "a".into())]).await.status(), 204);
    assert_eq!(registry.register_with(&[("instanceId", "b".into())]).await.status(), 503);
}
