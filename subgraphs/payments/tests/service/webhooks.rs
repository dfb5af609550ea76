//! Webhooks: signed, once, in any order; and money that arrives late.

use axum::http::StatusCode;
use hmac::{Hmac, Mac as _};
use serde_json::json;
use sha2::Sha256;
use souk_process::clock;
use souk_testing::eventually;

use crate::harness::{LIMIT, Till, WEBHOOK_SECRET, amount, an_order, card, input, post_webhook};

pub fn signature(secret: &str, unix_s: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{unix_s}.{body}").as_bytes());
    let digest = format!("{:x}", mac.finalize().into_bytes());
    format!("t={unix_s},v1={digest}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_has_its_effect_once() {
    let till = Till::open().await;
    let order = an_order();
    let waiting = till.start(input(order, "UPI", None)).await;
    till.decide(&waiting, "approve").await;
    till.told(order, "CAPTURED").await;
    let letter = till.courier.letters().pop().unwrap();
    for _ in 0..5 {
        assert_eq!(letter.post(&till.webhook_url).await, StatusCode::NO_CONTENT);
    }
    assert_eq!(till.payments(order).await[0]["version"], 2);
    assert_eq!(till.published(&waiting).await, [1, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_old_and_malformed_webhooks_change_nothing() {
    let till = Till::open().await;
    let order = an_order();
    let waiting = till.start(input(order, "UPI", None)).await;
    let charge = &till.provider.charges_of(&waiting).await[0];
    let mut captured = charge.clone();
    captured["status"] = json!("captured");
    captured["version"] = json!(2);
    let body = json!({ "id": "whk_1", "type": "charge.captured", "charge": captured }).to_string();
    let now_s = clock::unix_seconds();
    for forged in [
        signature("another", now_s, &body),
        signature(WEBHOOK_SECRET, now_s - 301, &body),
        signature(WEBHOOK_SECRET, now_s, "{}"),
        String::new(),
        format!("t={now_s}"),
    ] {
        assert_eq!(post_webhook(&till.webhook_url, &forged, body.clone()).await, StatusCode::UNAUTHORIZED);
    }
    let nonsense = signature(WEBHOOK_SECRET, now_s, "[]");
    assert_eq!(post_webhook(&till.webhook_url, &nonsense, "[]").await, StatusCode::BAD_REQUEST);
    assert_eq!(till.payments(order).await, [waiting]);

    let mut foreign = charge.clone();
    foreign["reference"] = json!("pay_00000000000000000000000001");
    let body = json!({ "id": "whk_2", "type": "charge.captured", "charge": foreign }).to_string();
    let good = signature(WEBHOOK_SECRET, now_s, &body);
    assert_eq!(post_webhook(&till.webhook_url, &good, body).await, StatusCode::NO_CONTENT);
}

#[tokio::test(flavor = "multi_thread")]
async fn old_news_does_not_undo_new_news() {
    let till = Till::open().await;
    let order = an_order();
    let waiting = till.start(card(order, "tok_3ds")).await;
    till.decide(&waiting, "approve").await;
    till.told(order, "CAPTURED").await;
    // The same charge as it stood before, under an id of its own.
    let mut old = till.provider.charges_of(&waiting).await[0].clone();
    old["status"] = json!("authorized");
    old["version"] = json!(2);
    let body = json!({ "id": "whk_old", "type": "charge.authorized", "charge": old }).to_string();
    let signed = signature(WEBHOOK_SECRET, clock::unix_seconds(), &body);
    assert_eq!(post_webhook(&till.webhook_url, &signed, body).await, StatusCode::NO_CONTENT);
    assert_eq!(till.payments(order).await[0]["state"], "CAPTURED");
}

#[tokio::test(flavor = "multi_thread")]
async fn news_that_cannot_be_is_written_down_once_and_not_asked_for_again() {
    let till = Till::open().await;
    let order = an_order();
    let waiting = till.start(input(order, "UPI", None)).await;
    till.decide(&waiting, "approve").await;
    till.told(order, "CAPTURED").await;
    let before = till.payments(order).await;
    let mut failed = till.provider.charges_of(&waiting).await[0].clone();
    failed["status"] = json!("failed");
    failed["version"] = json!(failed["version"].as_u64().unwrap() + 1);
    for id in ["whk_a", "whk_b"] {
        let body = json!({ "id": id, "type": "charge.failed", "charge": failed }).to_string();
        let signed = signature(WEBHOOK_SECRET, clock::unix_seconds(), &body);
        assert_eq!(post_webhook(&till.webhook_url, &signed, body).await, StatusCode::NO_CONTENT);
    }
    assert_eq!(till.payments(order).await, before);
    let mut connection = till.world.database.connect().await;
    let found: Vec<(String, String)> =
        sqlx::query_as("SELECT state, finding FROM provider_findings").fetch_all(&mut connection).await.unwrap();
    assert_eq!(found.len(), 1);
    assert!(found[0].0 == "CAPTURED" && found[0].1.contains("cannot take the step FAIL"), "{found:?}");
    // What comes after it is heard.
    assert_eq!(till.cancel(order, Some(1)).await[0]["cancelled"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn late_money_is_recorded_told_and_given_back_on_request() {
    let till = Till::open().await;
    let order = an_order();
    let failed = till.start(card(order, "tok_failed_then_ok")).await;
    assert_eq!((&failed["state"], &failed["failureReason"]), (&json!("FAILED"), &json!("bank_unavailable")));
    let told = till.told(order, "CAPTURED").await;
    assert_eq!(told["version"], 2);
    let cancelled = till.cancel(order, Some(1)).await;
    assert_eq!((&cancelled[0]["cancelled"], amount(&cancelled[0], "refunded")), (&json!(true), "19.90"));
}

#[tokio::test(flavor = "multi_thread")]
async fn late_money_of_a_cancelled_attempt_goes_back_by_itself() {
    let till = Till::open().await;
    let order = an_order();
    let failed = till.start(card(order, "tok_failed_then_ok")).await;
    assert_eq!(till.cancel(order, Some(1)).await[0]["cancelled"], true);
    let back = eventually("the refund", LIMIT, || async {
        let payment = till.payments(order).await.remove(0);
        (amount(&payment, "refunded") == "19.90").then_some(payment)
    })
    .await;
    assert_eq!((&back["state"], &back["cancelled"]), (&json!("CAPTURED"), &json!(true)));
    assert_eq!(till.provider.charges_of(&failed).await[0]["refunded_minor"], 1990);
    till.events_arrive(&failed, &[1, 2, 3]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn late_money_beside_another_payment_goes_back_by_itself() {
    let till = Till::open().await;
    let order = an_order();
    till.start(card(order, "tok_failed_then_ok")).await;
    let mut second = card(order, "tok_ok");
    second["attempt"] = json!(2);
    assert_eq!(till.start(second).await["state"], "CAPTURED");
    let payments = eventually("the refund of the first", LIMIT, || async {
        let payments = till.payments(order).await;
        (amount(&payments[0], "refunded") == "19.90").then_some(payments)
    })
    .await;
    assert_eq!((&payments[1]["state"], amount(&payments[1], "refunded")), (&json!("CAPTURED"), "0.00"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_webhook_is_made_up_for_by_looking() {
    let till = Till::open_with(&[("SOUK_PAYMENT_ASK_MS", "200")]).await;
    till.courier.deliver_to(None);
    let order = an_order();
    let waiting = till.start(input(order, "UPI", None)).await;
    till.decide(&waiting, "approve").await;
    till.told(order, "CAPTURED").await;
}
