//! Charges, captures, voids, refunds and their idempotency.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::harness::{Provider, charge};

#[tokio::test]
async fn a_card_charge_is_authorised_captured_and_refunded_up_to_its_amount() {
    let api = Provider::start().await.api;
    let authorised = api.charge("pay_1", "CARD", "tok_ok", false).await;
    assert_eq!((&authorised["status"], &authorised["captured_minor"]), (&json!("authorized"), &json!(0)));

    let (_, captured) = api.change(&authorised, "capture", "pay_1:capture", json!({})).await;
    assert_eq!((&captured["status"], &captured["captured_minor"]), (&json!("captured"), &json!(1990)));

    let refund = |minor: i64| json!({ "amount_minor": minor, "reference": "ref_1" });
    let (status, refunded) = api.change(&captured, "refunds", "r1", refund(1_000)).await;
    assert_eq!((status, &refunded["refunded_minor"]), (StatusCode::CREATED, &json!(1_000)));
    let (status, refused) = api.change(&captured, "refunds", "r2", refund(991)).await;
    assert_eq!((status, &refused["error"]["code"]), (StatusCode::CONFLICT, &json!("amount_too_high")));
    let (_, refunded) = api.change(&captured, "refunds", "r3", refund(990)).await;
    assert_eq!(refunded["refunded_minor"], 1990);
}

#[tokio::test]
async fn only_an_authorised_charge_can_be_voided_or_captured() {
    let api = Provider::start().await.api;
    let authorised = api.charge("pay_1", "CARD", "tok_ok", false).await;
    let (_, voided) = api.change(&authorised, "void", "v", json!({})).await;
    assert_eq!(voided["status"], "voided");
    for (op, body) in [("capture", json!({})), ("refunds", json!({ "amount_minor": 1, "reference": "r" }))] {
        let (status, refused) = api.change(&authorised, op, &format!("again-{op}"), body).await;
        assert_eq!((status, &refused["error"]["code"]), (StatusCode::CONFLICT, &json!("wrong_status")), "{op}");
    }
    let failed = api.charge("pay_2", "CARD", "tok_declined", false).await;
    let (status, _) = api.change(&failed, "capture", "c2", json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn one_key_makes_one_charge_however_often_and_in_parallel() {
    let api = Provider::start().await.api;
    let body = charge("pay_1", "CARD", "tok_ok", false);
    let all = futures_util::future::join_all((0..16).map(|_| api.post("/v1/charges", "k", &body))).await;
    let mut ids = Vec::new();
    for response in all {
        assert_eq!(response.status(), StatusCode::CREATED);
        ids.push(response.json::<Value>().await.unwrap()["id"].clone());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(api.by_reference("pay_1").await.len(), 1);

    let other = api.post("/v1/charges", "k", &charge("pay_2", "CARD", "tok_ok", false)).await;
    assert_eq!(other.status(), StatusCode::CONFLICT);
    assert_eq!(other.json::<Value>().await.unwrap()["error"]["code"], "idempotency_key_reused");
}

#[tokio::test]
async fn answers_are_remembered_over_a_restart_as_they_were() {
    let provider = Provider::start().await;
    let authorised = provider.api.charge("pay_1", "CARD", "tok_ok", false).await;
    let (_, captured) = provider.api.change(&authorised, "capture", "c", json!({})).await;
    let provider = provider.restart().await;
    // The first answer again, although the charge has moved on.
    assert_eq!(provider.api.charge("pay_1", "CARD", "tok_ok", false).await, authorised);
    assert_eq!(provider.api.change(&authorised, "capture", "c", json!({})).await.1, captured);
    assert_eq!(provider.api.by_reference("pay_1").await, [captured]);
}

#[tokio::test]
async fn the_book_is_read_page_by_page_from_a_time_on() {
    let provider = Provider::start().await;
    let api = &provider.api;
    let ids: Vec<Value> = {
        let mut ids = Vec::new();
        for number in 0..103 {
            ids.push(api.charge(&format!("pay_{number}"), "WALLET", "tok_ok", true).await);
        }
        ids.into_iter().map(|charge| charge["id"].clone()).collect()
    };
    let page = |query: String| async move {
        let page: Value = api.get(&format!("/v1/charges?{query}")).await.json().await.unwrap();
        let found: Vec<Value> = page["data"].as_array().unwrap().iter().map(|charge| charge["id"].clone()).collect();
        (found, page["has_more"].as_bool().unwrap())
    };
    let since = "created_since=2026-01-01T00:00:00Z";
    assert_eq!(page(since.to_owned()).await, (ids[..100].to_vec(), true));
    let last = ids[99].as_str().unwrap();
    assert_eq!(page(format!("{since}&after={last}")).await, (ids[100..].to_vec(), false));
    assert_eq!(page("created_since=2999-01-01T00:00:00Z".to_owned()).await, (Vec::new(), false));
    for bad in ["", "reference=pay_1&created_since=2026-01-01T00:00:00Z"] {
        assert_eq!(api.get(&format!("/v1/charges?{bad}")).await.status(), StatusCode::BAD_REQUEST, "{bad}");
    }
    assert_eq!(api.get(&format!("/v1/charges?{since}&after=ch_none")).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_change_is_a_numbered_line_of_the_ledger() {
    let provider = Provider::start().await;
    let api = &provider.api;
    let authorised = api.charge("pay_1", "CARD", "tok_ok", false).await;
    api.change(&authorised, "void", "v", json!({})).await;
    let text = api.get("/v1/ledger").await.text().await.unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let seen: Vec<_> = lines.iter().map(|line| (line["seq"].as_u64(), line["change"].as_str())).collect();
    assert_eq!(seen, [(Some(1), Some("created")), (Some(2), Some("voided"))]);
}

#[tokio::test]
async fn calls_without_the_key_or_with_bad_input_are_refused_and_change_nothing() {
    let api = Provider::start().await.api;
    let url = format!("{}/v1/charges", api.base);
    for key in [None, Some("sk_tes"), Some("sk_test2"), Some("")] {
        let request = api.client.get(format!("{url}?reference=pay_1"));
        let request = if let Some(key) = key { request.bearer_auth(key) } else { request };
        assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED, "{key:?}");
    }
    let good = charge("pay_1", "CARD", "tok_ok", false);
    for (field, value) in [
        ("amount_minor", json!(0)),
        ("amount_minor", json!(-5)),
        ("amount_minor", json!(19.9)),
        ("currency", json!("XXX")),
        ("method", json!("CASH_ON_DELIVERY")),
        ("token", json!("4242424242424242")),
        ("token", Value::Null),
        ("reference", json!("<b>")),
        ("return_url", json!("javascript:alert(1)")),
        ("surplus", json!(1)),
    ] {
        let mut bad = good.clone();
        bad[field] = value.clone();
        let response = api.post("/v1/charges", "k", &bad).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{field} {value}");
        assert!(!response.text().await.unwrap().contains("4242"));
    }
    let upi = api.post("/v1/charges", "k", &charge("pay_1", "UPI", "tok_ok", false)).await;
    assert_eq!(upi.status(), StatusCode::BAD_REQUEST);
    let keyless = api.client.post(&url).bearer_auth("sk_test").json(&good).send().await.unwrap();
    assert_eq!(keyless.json::<Value>().await.unwrap()["error"]["code"], "idempotency_key_missing");
    assert!(api.by_reference("pay_1").await.is_empty());
    assert_eq!(api.get("/v1/charges/chg_none").await.status(), StatusCode::NOT_FOUND);
}
