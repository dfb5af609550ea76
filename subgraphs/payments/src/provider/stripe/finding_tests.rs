//! Charges whose id was never heard, and refunds: found, or asked for again only where that is safe.

use chrono::TimeDelta;
use serde_json::{Value, json};
use souk_contracts::{PaymentId, RefundId};
use wiremock::{
    Mock, ResponseTemplate,
    matchers::{body_string_contains, header, method, path, query_param},
};

use super::{
    super::{ChargeRef, Provider as _, ProviderError, refused},
    tests::{INTENT, INTENTS, KEY, answer, failure, intent, is_unknown, on, paid_ago, posts, request, stripe},
};
use crate::domain::{Charge, ChargeStatus, Method};

const REFUNDS: &str = "/v1/refunds";

/// Finds a payment of this age whose search is answered with `found`; nothing is changed by it.
async fn find(
    age: TimeDelta,
    found: impl FnOnce(PaymentId) -> ResponseTemplate,
) -> Result<Option<Charge>, ProviderError> {
    let (server, stripe) = stripe().await;
    let payment = paid_ago(age);
    Mock::given(method("GET"))
        .and(path("/v1/payment_intents/search"))
        .and(query_param("query", format!("metadata['payment_id']:'{payment}'")))
        .respond_with(found(payment))
        .mount(&server)
        .await;
    on(&server, "GET", INTENT, answer(200, &intent("requires_capture"))).await;
    let result = stripe.find(payment, None).await;
    assert_eq!(posts(&server).await, 0);
    result
}

fn hits(payments: &[PaymentId]) -> ResponseTemplate {
    let hit = |(n, payment): (usize, &PaymentId)| json!({ "id": format!("pi_{}", n + 1), "status": "processing", "metadata": { "payment_id": payment.to_string() } });
    let data: Vec<Value> = payments.iter().enumerate().map(hit).collect();
    answer(200, &json!({ "data": data, "has_more": false }))
}

fn no_search() -> ResponseTemplate {
    answer(400, &failure("invalid_request_error", "search_unavailable"))
}

#[tokio::test]
async fn a_charge_that_the_search_finds_is_read_anew() {
    for hours in [0, 24, 100] {
        let found = find(TimeDelta::hours(hours), |payment| hits(&[payment])).await.unwrap().unwrap();
        assert_eq!((found.id.as_str(), found.status), ("pi_1", ChargeStatus::Authorized), "{hours}");
    }
}

#[tokio::test]
async fn what_the_search_does_not_find_is_asked_again_while_the_key_lives() {
    let young = TimeDelta::hours(23) - TimeDelta::minutes(1);
    let stranger = paid_ago(TimeDelta::hours(5));
    assert_eq!(find(young, |_| hits(&[])).await, Ok(None));
    assert_eq!(find(young, |_| hits(&[stranger])).await, Ok(None));
    assert_eq!(find(young, |_| no_search()).await, Ok(None));
}

#[tokio::test]
async fn later_only_a_search_that_has_caught_up_says_no() {
    let late = TimeDelta::hours(23) + TimeDelta::seconds(1);
    assert!(is_unknown(&find(late, |_| hits(&[])).await));
    let settled = TimeDelta::hours(25) + TimeDelta::seconds(1);
    assert_eq!(find(settled, |_| hits(&[])).await, Err(refused("never_charged")));
    assert!(is_unknown(&find(settled, |_| no_search()).await));
    assert!(is_unknown(&find(settled, |payment| hits(&[payment, payment])).await));
}

#[tokio::test]
async fn no_charge_is_asked_for_once_its_key_may_be_forgotten() {
    let (server, stripe) = stripe().await;
    on(&server, "POST", INTENTS, answer(200, &intent("succeeded"))).await;
    let mut wish = request(Method::Card, Some("pm_1"));
    wish.payment_id = paid_ago(TimeDelta::hours(23) + TimeDelta::seconds(1));
    assert!(is_unknown(&stripe.charge(KEY, &wish).await));
    assert_eq!(posts(&server).await, 0);
}

fn a_refund() -> RefundId {
    RefundId(uuid::Uuid::from_u128(3))
}

fn refund(status: &str, of: Option<RefundId>) -> Value {
    let metadata = of.map_or_else(|| json!({}), |id| json!({ "refund_id": id.to_string() }));
    json!({ "id": "re_1", "payment_intent": "pi_1", "status": status, "failure_reason": null, "metadata": metadata })
}

/// Refunds while Stripe lists `before`, answers `made`, and then lists `after`; the requests that made one, too.
async fn give_back(before: Value, made: Value, after: Value) -> (Result<Charge, ProviderError>, usize) {
    let (server, stripe) = stripe().await;
    let list = |data: Value| answer(200, &json!({ "data": data, "has_more": false }));
    let of_intent = || Mock::given(method("GET")).and(path(REFUNDS)).and(query_param("payment_intent", "pi_1"));
    of_intent().respond_with(list(before)).up_to_n_times(1).mount(&server).await;
    of_intent().respond_with(list(after)).mount(&server).await;
    on(&server, "GET", INTENT, answer(200, &intent("succeeded"))).await;
    Mock::given(method("POST"))
        .and(path(REFUNDS))
        .and(header("idempotency-key", "k"))
        .and(body_string_contains("amount=500&metadata%5Bpayment_id%5D=pay_"))
        .and(body_string_contains(format!("&metadata%5Brefund_id%5D={}&payment_intent=pi_1", a_refund())))
        .respond_with(answer(200, &made))
        .mount(&server)
        .await;
    let charge = ChargeRef { payment: paid_ago(TimeDelta::hours(100)), id: "pi_1" };
    let result = stripe.refund("k", charge, a_refund(), 500).await;
    (result, posts(&server).await)
}

#[tokio::test]
async fn a_refund_is_made_once_however_old_its_key() {
    let ours = || refund("succeeded", Some(a_refund()));
    let others = || refund("succeeded", None);
    let (result, posts) = give_back(json!([others()]), ours(), json!([ours(), others()])).await;
    assert_eq!((result.unwrap().refunds, posts), (vec![a_refund().to_string()], 1));
    let (result, posts) = give_back(json!([others(), ours()]), ours(), json!([others(), ours()])).await;
    assert_eq!((result.unwrap().refunds, posts), (vec![a_refund().to_string()], 0));
}

#[tokio::test]
async fn a_pending_refund_is_neither_made_nor_asked_for_again() {
    let pending = || refund("pending", Some(a_refund()));
    for (before, asked) in [(json!([]), 1), (json!([pending()]), 0)] {
        let (result, posts) = give_back(before, pending(), json!([pending()])).await;
        assert_eq!((result.unwrap().refunds, posts), (Vec::<String>::new(), asked));
    }
}

#[tokio::test]
async fn a_failed_refund_is_told_and_may_be_made_anew() {
    let mut failed = refund("failed", Some(a_refund()));
    failed["failure_reason"] = json!("lost_or_stolen_card");
    let (result, _) = give_back(json!([]), failed.clone(), json!([failed.clone()])).await;
    assert_eq!(result, Err(refused("lost_or_stolen_card")));
    let (result, posts) = give_back(
        json!([failed]),
        refund("succeeded", Some(a_refund())),
        json!([refund("succeeded", Some(a_refund())), failed]),
    )
    .await;
    assert_eq!((result.unwrap().refunds, posts), (vec![a_refund().to_string()], 1));
}

#[tokio::test]
async fn a_refund_on_a_later_page_is_not_overlooked() {
    let (server, stripe) = stripe().await;
    let pages = || Mock::given(method("GET")).and(path(REFUNDS));
    let second = json!({ "data": [refund("succeeded", Some(a_refund()))], "has_more": false });
    pages().and(query_param("starting_after", "re_1")).respond_with(answer(200, &second)).mount(&server).await;
    let first = json!({ "data": [refund("succeeded", None)], "has_more": true });
    pages().respond_with(answer(200, &first)).with_priority(9).mount(&server).await;
    on(&server, "GET", INTENT, answer(200, &intent("succeeded"))).await;
    let charge = ChargeRef { payment: paid_ago(TimeDelta::zero()), id: "pi_1" };
    let found = stripe.refund("k", charge, a_refund(), 500).await.unwrap();
    assert_eq!((found.refunds, posts(&server).await), (vec![a_refund().to_string()], 0));
}

#[tokio::test]
async fn a_look_that_is_refused_is_no_answer_about_the_charge() {
    let (server, stripe) = stripe().await;
    on(&server, "GET", INTENT, answer(400, &failure("invalid_request_error", "resource_missing"))).await;
    assert!(is_unknown(&stripe.find(paid_ago(TimeDelta::zero()), Some("pi_1")).await));
}

#[tokio::test]
async fn an_intent_that_stripe_does_not_know_is_an_answer_and_a_404_of_others_is_none() {
    let payment = paid_ago(TimeDelta::zero());
    for (body, answered) in [
        (failure("invalid_request_error", "resource_missing"), true),
        (failure("invalid_request_error", "url_invalid"), false),
        (json!("no such page"), false),
    ] {
        let (server, stripe) = stripe().await;
        on(&server, "GET", INTENT, answer(404, &body)).await;
        let found = stripe.find(payment, Some("pi_1")).await;
        assert!(if answered { found == Ok(None) } else { is_unknown(&found) }, "{body}: {found:?}");
        assert!(is_unknown(&stripe.capture("k", ChargeRef { payment, id: "pi_1" }).await), "{body}");
    }
}
