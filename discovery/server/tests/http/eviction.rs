//! Leases that run out by real time.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use crate::running::{ORDERS, Registry};

#[tokio::test]
async fn an_instance_that_falls_silent_is_evicted_after_one_lease_and_the_delta_says_so() {
    let registry = Registry::start().await;
    let lease = json!({"durationInSecs": 1, "renewalIntervalInSecs": 1});
    let registered = Instant::now();
    registry.register_with(&[("instanceId", "a".into()), ("leaseInfo", lease)]).await;
    registry.register_with(&[("instanceId", "b".into())]).await;
    while registry.instance("a").await.is_some() {
        assert!(registered.elapsed() < Duration::from_secs(10), "still there");
        tokio::task::yield_now().await;
    }
    assert!(registered.elapsed() >= Duration::from_secs(1), "gone too early");
    let delta = registry.get("/apps/delta", "application/json").await.text().await.unwrap();
    let delta: serde_json::Value = serde_json::from_str(&delta).unwrap();
    let instances = &delta["applications"]["application"][0]["instance"];
    let actions: Vec<_> = instances.as_array().unwrap().iter().map(|i| (&i["instanceId"], &i["actionType"])).collect();
    assert_eq!(actions, [(&json!("a"), &json!("DELETED")), (&json!("b"), &json!("ADDED"))]);
    assert_eq!(registry.write(Method::PUT, "/apps/ORDERS/a", ORDERS).await.status(), 404);
}
