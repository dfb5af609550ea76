//! What is sent to Stripe, and what is made of its answers.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};
use souk_contracts::{CurrencyCode, Money, PaymentId};
use souk_process::clock;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{body_string, body_string_contains, header, method, path},
};

use super::{
    super::{ChargeRef, ChargeRequest, Provider as _, ProviderError, refused},
    *,
};
use crate::domain::{Charge, ChargeStatus, Method, NextAction};

pub(super) const KEY: &str = "pay_x:charge:1";
pub(super) const INTENTS: &str = "/v1/payment_intents";
pub(super) const INTENT: &str = "/v1/payment_intents/pi_1";

pub(super) async fn stripe() -> (MockServer, StripeProvider) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = MockServer::start().await;
    let settings = StripeSettings {
        url: server.uri().parse().unwrap(),
        api_key: "sk_test_1".into(),
        return_url: "https://shop.example/back".parse().unwrap(),
        timeout: Duration::from_millis(300),
    };
    (server, StripeProvider::new(settings).unwrap())
}

/// A payment whose first charge was asked for so long ago.
pub(super) fn paid_ago(age: TimeDelta) -> PaymentId {
    PaymentId::new(clock::now() - age, [7; 10])
}

pub(super) fn request(method: Method, token: Option<&str>) -> ChargeRequest {
    let amount = Money::new(1_990, CurrencyCode::Eur);
    ChargeRequest { payment_id: paid_ago(TimeDelta::zero()), method, token: token.map(str::to_owned), amount }
}

pub(super) fn intent(status: &str) -> Value {
    json!({ "id": "pi_1", "object": "payment_intent", "status": status, "last_payment_error": null,
        "next_action": null, "metadata": {} })
}

pub(super) fn failure(kind: &str, code: &str) -> Value {
    json!({ "error": { "type": kind, "code": code, "message": "no" } })
}

pub(super) fn answer(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

pub(super) async fn on(server: &MockServer, verb: &str, at: &str, answer: ResponseTemplate) {
    Mock::given(method(verb)).and(path(at)).respond_with(answer).mount(server).await;
}

pub(super) async fn posts(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().iter().filter(|request| request.method == "POST").count()
}

async fn charged(reply: Value) -> Result<Charge, ProviderError> {
    let (server, stripe) = stripe().await;
    on(&server, "POST", INTENTS, answer(200, &reply)).await;
    stripe.charge(KEY, &request(Method::Card, Some("pm_1"))).await
}

pub(super) fn is_unknown<T: std::fmt::Debug>(result: &Result<T, ProviderError>) -> bool {
    matches!(result, Err(ProviderError::Unknown { .. }))
}

#[tokio::test]
async fn a_charge_creates_and_confirms_in_one_request() {
    let (server, stripe) = stripe().await;
    let wish = request(Method::Card, Some("pm_1"));
    let form = format!(
        "amount=1990&currency=eur&capture_method=manual&confirm=true&metadata%5Bpayment_id%5D={}&payment_method=pm_1\
         &payment_method_types%5B%5D=card&return_url=https%3A%2F%2Fshop.example%2Fback",
        wish.payment_id,
    );
    Mock::given(method("POST"))
        .and(path(INTENTS))
        .and(header("authorization", "Bearer sk_test_1"))
        .and(header("idempotency-key", KEY))
        .and(header("stripe-version", API_VERSION))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(body_string(form))
        .respond_with(answer(200, &intent("requires_capture")))
        .mount(&server)
        .await;
    let charge = stripe.charge(KEY, &wish).await.unwrap();
    assert_eq!((charge.id.as_str(), charge.status), ("pi_1", ChargeStatus::Authorized));
    assert_eq!(charge.reference, wish.payment_id.to_string());
}

#[tokio::test]
async fn a_wallet_is_captured_at_once_and_other_methods_are_refused_unasked() {
    let (server, stripe) = stripe().await;
    Mock::given(method("POST"))
        .and(body_string_contains("capture_method=automatic"))
        .respond_with(answer(200, &intent("succeeded")))
        .mount(&server)
        .await;
    let charge = stripe.charge(KEY, &request(Method::Wallet, Some("pm_1"))).await.unwrap();
    assert_eq!(charge.status, ChargeStatus::Captured);
    for (method, token, code) in [
        (Method::Upi, None, "method_unsupported"),
        (Method::NetBanking, Some("pm_1"), "method_unsupported"),
        (Method::Wallet, None, "token_missing"),
        (Method::Card, Some("tok_ok"), "token_invalid"),
    ] {
        assert_eq!(stripe.charge(KEY, &request(method, token)).await, Err(refused(code)), "{method:?}");
    }
    assert_eq!(posts(&server).await, 1);
}

#[tokio::test]
async fn each_status_has_its_place_and_later_ones_a_higher_version() {
    let mut waiting = intent("requires_action");
    waiting["next_action"] = json!({ "type": "redirect_to_url", "redirect_to_url": { "url": "https://bank.example" } });
    let mut declined = intent("requires_payment_method");
    declined["last_payment_error"] =
        json!({ "type": "card_error", "code": "card_declined", "decline_code": "lost_card" });
    let action = NextAction { kind: "3DS".to_owned(), url: "https://bank.example".to_owned(), expires_at: None };
    let mut version = 0;
    for (body, status) in [
        (intent("processing"), ChargeStatus::Processing),
        (waiting, ChargeStatus::RequiresAction(action)),
        (declined, ChargeStatus::Failed { reason: "lost_card".to_owned() }),
        (intent("requires_capture"), ChargeStatus::Authorized),
        (intent("canceled"), ChargeStatus::Voided),
        (intent("succeeded"), ChargeStatus::Captured),
    ] {
        let charge = charged(body).await.unwrap();
        assert_eq!(charge.status, status);
        assert!(charge.version > version, "{status:?}");
        version = charge.version;
    }
    assert_eq!(charged(intent("requires_payment_method")).await.unwrap().status, ChargeStatus::Processing);
    // Neither can be taken for an answer: a state that we do not know, and an action that is no page.
    for status in ["on_the_moon", "requires_action"] {
        assert!(is_unknown(&charged(intent(status)).await), "{status}");
    }
}

#[tokio::test]
async fn only_a_word_about_card_or_request_is_a_no() {
    let mut declined = failure("card_error", "card_declined");
    declined["error"]["decline_code"] = json!("insufficient_funds");
    for (status, body, refusal) in [
        (402, declined, Some("insufficient_funds")),
        (402, failure("card_error", "expired_card"), Some("expired_card")),
        (400, failure("invalid_request_error", "resource_missing"), Some("resource_missing")),
        (400, failure("idempotency_error", "none"), None),
        (401, failure("invalid_request_error", "none"), None),
        (409, failure("idempotency_error", "idempotency_key_in_use"), None),
        (429, failure("invalid_request_error", "rate_limit"), None),
        (500, failure("api_error", "none"), None),
        (402, json!("nonsense"), None),
        (200, json!("nonsense"), None),
        (302, json!({}), None),
    ] {
        let (server, stripe) = stripe().await;
        on(&server, "POST", INTENTS, answer(status, &body)).await;
        let result = stripe.charge(KEY, &request(Method::Card, Some("pm_1"))).await;
        match refusal {
            Some(code) => assert_eq!(result, Err(refused(code)), "{status}"),
            None => assert!(is_unknown(&result), "{status} {body}: {result:?}"),
        }
    }
}

#[tokio::test]
async fn silence_and_a_lost_connection_are_no_answer() {
    let (server, stripe) = stripe().await;
    let late = answer(200, &intent("succeeded")).set_delay(Duration::from_secs(30));
    on(&server, "POST", INTENTS, late).await;
    let wish = request(Method::Card, Some("pm_1"));
    assert!(is_unknown(&stripe.charge(KEY, &wish).await));
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let settings = StripeSettings {
        url: format!("http://{nobody}").parse().unwrap(),
        api_key: "sk_test_1".into(),
        return_url: "https://shop.example/back".parse().unwrap(),
        timeout: Duration::from_millis(300),
    };
    assert!(is_unknown(&StripeProvider::new(settings).unwrap().charge(KEY, &wish).await));
}

#[tokio::test]
async fn a_replayed_answer_is_old_so_the_intent_itself_is_looked_at() {
    let (server, stripe) = stripe().await;
    let replayed = answer(200, &intent("processing")).insert_header("idempotent-replayed", "true");
    on(&server, "POST", INTENTS, replayed.clone()).await;
    on(&server, "POST", &format!("{INTENT}/cancel"), replayed).await;
    on(&server, "GET", INTENT, answer(200, &intent("canceled"))).await;
    let wish = request(Method::Card, Some("pm_1"));
    assert_eq!(stripe.charge(KEY, &wish).await.unwrap().status, ChargeStatus::Voided);
    let charge = ChargeRef { payment: wish.payment_id, id: "pi_1" };
    assert_eq!(stripe.void("k", charge).await.unwrap().status, ChargeStatus::Voided);
}

#[tokio::test]
async fn a_capture_whose_answer_is_an_error_for_good_is_found_done() {
    let (server, stripe) = stripe().await;
    let charge = ChargeRef { payment: paid_ago(TimeDelta::zero()), id: "pi_1" };
    on(&server, "POST", &format!("{INTENT}/capture"), answer(500, &failure("api_error", "none"))).await;
    assert!(is_unknown(&stripe.capture("k", charge).await));
    on(&server, "GET", "/v1/refunds", answer(200, &json!({ "data": [], "has_more": false }))).await;
    on(&server, "GET", INTENT, answer(200, &intent("succeeded"))).await;
    assert_eq!(stripe.capture("k", charge).await.unwrap().status, ChargeStatus::Captured);
    assert!(is_unknown(&stripe.void("k", charge).await));
}

#[tokio::test]
async fn what_moved_on_refuses_a_capture() {
    let (server, stripe) = stripe().await;
    let charge = ChargeRef { payment: paid_ago(TimeDelta::zero()), id: "pi_1" };
    let refusal = failure("invalid_request_error", "payment_intent_unexpected_state");
    on(&server, "POST", &format!("{INTENT}/capture"), answer(400, &refusal)).await;
    assert_eq!(stripe.capture("k", charge).await, Err(refused("payment_intent_unexpected_state")));
}
