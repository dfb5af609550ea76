//! What Stripe does not know, and what it knows and is not ours.

use axum::http::StatusCode;
use serde_json::json;
use souk_testing::until;
use wiremock::ResponseTemplate;

use crate::{
    harness::{LIMIT, an_order, card},
    reconcile::{finding, id},
    stripe::{INTENT, INTENTS, Stripe, answer, intent},
};

fn missing() -> ResponseTemplate {
    let error = json!({ "type": "invalid_request_error", "code": "resource_missing", "message": "No such intent" });
    ResponseTemplate::new(404).set_body_json(json!({ "error": error }))
}

impl Stripe {
    async fn looks(&self, at: &str) -> usize {
        let requests = self.server.received_requests().await.unwrap();
        requests.iter().filter(|request| request.method == "GET" && request.url.path() == at).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_that_stripe_does_not_know_are_told_and_end_no_look() {
    let mut stripe = Stripe::open().await;
    stripe.on("POST", INTENTS, answer(&intent("requires_capture"))).await;
    stripe.on("POST", &format!("{INTENT}/capture"), answer(&intent("succeeded"))).await;
    stripe.on("GET", INTENT, missing()).await;
    stripe.on("GET", INTENTS, answer(&json!({ "data": [], "has_more": false }))).await;
    let payments =
        [stripe.till.start(card(an_order(), "pm_1")).await, stripe.till.start(card(an_order(), "pm_1")).await];
    stripe.till.reconcile().await;
    until("two findings", LIMIT, || async { stripe.till.findings().await.len() == 2 }).await;
    let mut found = stripe.till.findings().await;
    found.sort();
    let mut expected = payments.map(|payment| finding("payment-without-charge", &id(&payment), false));
    expected.sort();
    assert_eq!(found, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_whose_id_was_told_is_not_asked_for_anew_when_it_is_gone() {
    let stripe = Stripe::open().await;
    stripe.on("POST", INTENTS, answer(&intent("processing"))).await;
    stripe.on("GET", INTENT, missing()).await;
    let payment = stripe.till.start(card(an_order(), "pm_1")).await;
    assert_eq!(payment["state"], "PROCESSING");
    until("three looks at the intent", LIMIT, || async { stripe.looks(INTENT).await >= 3 }).await;
    assert_eq!(stripe.posts(INTENTS).await.len(), 1, "it may be another account");
    let state = stripe.payment(&payment).await["state"].clone();
    assert!(state == "UNKNOWN" || state == "PROCESSING", "nobody knows: {state}");
}

#[tokio::test(flavor = "multi_thread")]
async fn news_of_what_is_not_ours_is_acknowledged_whatever_it_says() {
    let stripe = Stripe::open().await;
    let mut event = json!({ "id": "evt_1", "type": "payment_intent.requires_action", "data": { "object": {
        "id": "pi_of_others", "status": "requires_action", "metadata": {},
        "next_action": { "type": "display_bank_transfer_instructions" },
    } } });
    assert_eq!(stripe.tell(&event).await, StatusCode::NO_CONTENT);
    event["data"]["object"]["metadata"] = json!({ "payment_id": "pay_of_another_shop" });
    assert_eq!(stripe.tell(&event).await, StatusCode::NO_CONTENT);
    event["data"]["object"]["status"] = json!({ "of": "another kind" });
    assert_eq!(stripe.tell(&event).await, StatusCode::NO_CONTENT);
}
