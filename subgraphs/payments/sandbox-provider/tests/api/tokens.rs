//! What each test token does.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::Value;

use crate::harness::{Provider, charge};

/// Longer than a call takes, shorter than the provider hangs.
const PATIENCE: Duration = Duration::from_millis(700);

#[tokio::test]
async fn declined_charges_say_why() {
    let api = Provider::start().await.api;
    for (token, code) in [("tok_declined", "declined"), ("tok_insufficient_funds", "insufficient_funds")] {
        let failed = api.charge(token, "CARD", token, false).await;
        assert_eq!((failed["status"].as_str(), failed["failure_code"].as_str()), (Some("failed"), Some(code)));
    }
}

#[tokio::test]
async fn methods_settle_as_their_kind_does() {
    let api = Provider::start().await.api;
    for (method, status, kind) in [
        ("WALLET", "captured", None),
        ("UPI", "requires_action", Some("UPI_COLLECT")),
        ("NET_BANKING", "requires_action", Some("REDIRECT")),
    ] {
        let made = api.charge(method, method, "tok_ok", true).await;
        assert_eq!((made["status"].as_str(), made["next_action"]["kind"].as_str()), (Some(status), kind), "{method}");
    }
    let card = api.charge("card", "CARD", "tok_3ds", false).await;
    assert_eq!(card["next_action"]["kind"], "3DS");
}

#[tokio::test]
async fn a_timeout_after_has_done_the_work() {
    let api = Provider::start().await.api;
    let body = charge("pay_1", "CARD", "tok_timeout_after", false);
    assert!(api.try_post("/v1/charges", "k", &body, PATIENCE).await.unwrap_err().is_timeout());
    let found = api.by_reference("pay_1").await;
    assert_eq!((found.len(), found[0]["status"].as_str()), (1, Some("authorized")));
    let again: Value = api.post("/v1/charges", "k", &body).await.json().await.unwrap();
    assert_eq!(again["id"], found[0]["id"]);
}

#[tokio::test]
async fn a_timeout_before_has_done_nothing_and_works_the_second_time() {
    let provider = Provider::start().await;
    let body = charge("pay_1", "CARD", "tok_timeout_before", false);
    assert!(provider.api.try_post("/v1/charges", "k", &body, PATIENCE).await.unwrap_err().is_timeout());
    assert!(provider.api.by_reference("pay_1").await.is_empty());
    let provider = provider.restart().await;
    let made = provider.api.post("/v1/charges", "k", &body).await;
    assert_eq!(made.json::<Value>().await.unwrap()["status"], "authorized");
}

#[tokio::test]
async fn a_server_error_is_shown_once_for_each_key() {
    let api = Provider::start().await.api;
    let body = charge("pay_1", "CARD", "tok_500_then_ok", false);
    for key in ["k1", "k2"] {
        assert_eq!(api.post("/v1/charges", key, &body).await.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(api.post("/v1/charges", key, &body).await.status(), StatusCode::CREATED);
    }
}

#[tokio::test]
async fn a_slow_charge_is_told_by_webhook_before_it_is_answered() {
    let provider = Provider::start_with(&[("SOUK_PROVIDER_SLOW_MS", "60000")]).await;
    let body = charge("pay_1", "CARD", "tok_slow", false);
    let calling = tokio::spawn({
        let api = provider.api.clone();
        async move { api.post("/v1/charges", "k", &body).await }
    });
    provider.shop.told("charge.authorized", "pay_1").await;
    assert!(!calling.is_finished());
    calling.abort();
}

#[tokio::test]
async fn a_slow_charge_is_answered_in_the_end() {
    let api = Provider::start().await.api;
    assert_eq!(api.charge("pay_1", "CARD", "tok_slow", false).await["status"], "authorized");
}

#[tokio::test]
async fn money_of_a_failed_charge_may_arrive_late() {
    let provider = Provider::start().await;
    let failed = provider.api.charge("pay_1", "CARD", "tok_failed_then_ok", false).await;
    assert_eq!(
        (failed["status"].as_str(), failed["failure_code"].as_str()),
        (Some("failed"), Some("bank_unavailable"))
    );
    let told = provider.shop.told("charge.captured", "pay_1").await.json();
    assert_eq!((&told["charge"]["captured_minor"], &told["charge"]["version"]), (&1990.into(), &2.into()));
}
