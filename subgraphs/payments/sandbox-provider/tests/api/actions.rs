//! The customer's page and the webhooks.

use axum::http::StatusCode;
use hmac::{Hmac, Mac as _};
use serde_json::Value;
use sha2::Sha256;

use crate::harness::{Provider, Received, WEBHOOK_SECRET, charge, eventually};

fn is_signed(hook: &Received) -> bool {
    let (time, digest) = hook.signature.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(WEBHOOK_SECRET.as_bytes()).unwrap();
    mac.update(format!("{time}.{}", hook.body).as_bytes());
    let expected = format!("{:x}", mac.finalize().into_bytes());
    expected == digest
}

#[tokio::test]
async fn an_approved_upi_charge_is_captured_and_told_signed() {
    let provider = Provider::start().await;
    let waiting = provider.api.charge("pay_1", "UPI", "tok_ok", true).await;
    let page = provider.api.client.get(waiting["next_action"]["url"].as_str().unwrap()).send().await.unwrap();
    assert!(page.headers().contains_key("content-security-policy"));
    let page = page.text().await.unwrap();
    assert!(page.contains("19.90 EUR") && page.contains("/approve") && page.contains("/decline"));

    let decided = provider.api.decide(&waiting, "approve").await;
    assert_eq!(decided.json::<Value>().await.unwrap()["status"], "captured");
    let hook = provider.shop.told("charge.captured", "pay_1").await;
    assert!(is_signed(&hook));
    assert_eq!(hook.json()["id"], hook.id.as_str());
    assert_eq!(provider.api.decide(&waiting, "decline").await.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_declined_3ds_charge_fails() {
    let provider = Provider::start().await;
    let waiting = provider.api.charge("pay_1", "CARD", "tok_3ds", false).await;
    provider.api.decide(&waiting, "decline").await;
    let told = provider.shop.told("charge.failed", "pay_1").await.json();
    assert_eq!(told["charge"]["failure_code"], "declined_by_customer");
}

#[tokio::test]
async fn an_approved_3ds_charge_waits_for_its_capture() {
    let provider = Provider::start().await;
    let waiting = provider.api.charge("pay_1", "CARD", "tok_3ds", false).await;
    provider.api.decide(&waiting, "approve").await;
    provider.shop.told("charge.authorized", "pay_1").await;
}

#[tokio::test]
async fn a_browser_is_sent_back_to_the_shop() {
    let provider = Provider::start().await;
    let mut body = charge("pay_1", "NET_BANKING", "tok_ok", true);
    body["return_url"] = "http://localhost:3000/thanks".into();
    let made = provider.api.post("/v1/charges", "k", &body).await;
    let url = made.json::<Value>().await.unwrap()["next_action"]["url"].as_str().unwrap().to_owned();
    let client = &provider.api.client;
    let back = client.post(format!("{url}/approve")).header("accept", "text/html").send().await.unwrap();
    assert_eq!(
        (back.status(), &back.headers()["location"]),
        (StatusCode::SEE_OTHER, &"http://localhost:3000/thanks".parse().unwrap())
    );
}

#[tokio::test]
async fn an_action_that_nobody_takes_fails_in_time() {
    let provider = Provider::start_with(&[("SOUK_PROVIDER_ACTION_MS", "50")]).await;
    let waiting = provider.api.charge("pay_1", "UPI", "tok_ok", true).await;
    let told = provider.shop.told("charge.failed", "pay_1").await.json();
    assert_eq!(told["charge"]["failure_code"], "action_expired");
    assert_eq!(provider.api.decide(&waiting, "approve").await.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn an_unknown_action_url_is_not_found() {
    let api = Provider::start().await.api;
    for path in ["/actions/0123", "/actions/0123/other"] {
        assert_eq!(api.get(path).await.status(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_webhook_is_sent_with_the_same_id_until_it_is_taken() {
    let provider = Provider::start().await;
    provider.shop.answer_next(StatusCode::INTERNAL_SERVER_ERROR);
    provider.shop.answer_next(StatusCode::FOUND);
    let waiting = provider.api.charge("pay_1", "UPI", "tok_ok", true).await;
    provider.api.decide(&waiting, "approve").await;
    let all = eventually("the third try", || async { Some(provider.shop.received()).filter(|r| r.len() >= 3) }).await;
    assert!(all.iter().all(|hook| hook.id == all[0].id && hook.body == all[0].body && is_signed(hook)));
}
