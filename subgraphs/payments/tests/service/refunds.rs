//! Refunds by staff.

use serde_json::{Value, json};
use souk_testing::{Answer, eventually, graphql};

use crate::harness::{LIMIT, Till, a_customer, amount, an_order, card, input};

const REFUND: &str = "mutation($input: PaymentRefundInput!) { paymentRefund(input: $input) {
    payment { id state captured { amount } refunded { amount } } userErrors { code field message } } }";

async fn try_refund(till: &Till, payment: &Value, amount: &str, key: &str) -> Answer {
    let input = json!({
        "paymentId": payment["paymentId"], "amount": { "amount": amount, "currencyCode": "EUR" },
        "reason": "broken on arrival", "idempotencyKey": key,
    });
    let staff = till.world.identity.staff_token();
    graphql(&till.service.graphql, Some(&staff), REFUND, json!({ "input": input })).await
}

async fn refund(till: &Till, payment: &Value, amount: &str, key: &str) -> Value {
    try_refund(till, payment, amount, key).await.ok()["paymentRefund"].clone()
}

fn code(payload: &Value) -> &str {
    payload["userErrors"][0]["code"].as_str().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn refunds_add_up_to_what_was_captured_and_no_further() {
    let till = Till::open().await;
    let order = an_order();
    let payment = till.start(card(order, "tok_ok")).await;
    let first = refund(&till, &payment, "5.00", "refund-key-number-1").await;
    assert_eq!((code(&first), amount(&first["payment"], "refunded")), ("", "5.00"));
    assert_eq!(till.told(order, "CAPTURED").await["refunded"]["amount"], "5.00");

    let too_much = refund(&till, &payment, "14.91", "refund-key-number-2").await;
    assert_eq!(code(&too_much), "AMOUNT_TOO_HIGH");
    assert!(too_much["userErrors"][0]["message"].as_str().unwrap().contains("14.90 EUR"));
    // A refusal is not remembered: the same key may try again.
    let rest = refund(&till, &payment, "14.90", "refund-key-number-2").await;
    assert_eq!(amount(&rest["payment"], "refunded"), "19.90");
    assert_eq!(till.provider.charges_of(&payment).await[0]["refunded_minor"], 1990);
    till.events_arrive(&payment, &[1, 2, 3, 4]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_is_one_refund() {
    let till = Till::open().await;
    let payment = till.start(card(an_order(), "tok_ok")).await;
    let key = "the-same-key-for-all";
    let all = futures_util::future::join_all((0..8).map(|_| refund(&till, &payment, "5.00", key))).await;
    assert!(all.iter().all(|payload| code(payload).is_empty() && payload["payment"]["id"] == payment["paymentId"]));
    assert_eq!(till.provider.charges_of(&payment).await[0]["refunded_minor"], 500);
    assert_eq!(code(&refund(&till, &payment, "6.00", key).await), "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_refunds_never_exceed_the_capture() {
    let till = Till::open().await;
    let order = an_order();
    let payment = till.start(card(order, "tok_ok")).await;
    let keys: Vec<String> = (0..8).map(|number| format!("parallel-refund-{number}")).collect();
    let all = futures_util::future::join_all(keys.iter().map(|key| refund(&till, &payment, "6.00", key))).await;
    assert_eq!(all.iter().filter(|payload| code(payload).is_empty()).count(), 3);
    assert_eq!(all.iter().filter(|payload| code(payload) == "AMOUNT_TOO_HIGH").count(), 5);
    eventually("three refunds", LIMIT, || async {
        (amount(&till.payments(order).await[0], "refunded") == "18.00").then_some(())
    })
    .await;
    assert_eq!(till.provider.charges_of(&payment).await[0]["refunded_minor"], 1800);
}

#[tokio::test(flavor = "multi_thread")]
async fn cash_is_handed_back_without_a_provider() {
    let till = Till::open().await;
    let order = an_order();
    let cash = till.start(input(order, "CASH_ON_DELIVERY", None)).await;
    let early = refund(&till, &cash, "1.00", "cash-refund-number-1").await;
    assert_eq!(code(&early), "INVALID_TRANSITION");
    till.try_capture(order).await.ok();
    let back = refund(&till, &cash, "19.90", "cash-refund-number-2").await;
    assert_eq!(amount(&back["payment"], "refunded"), "19.90");
    till.told(order, "CAPTURED").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_refunds_are_refused_by_name() {
    let till = Till::open().await;
    let payment = till.start(card(an_order(), "tok_ok")).await;
    let key = "0123456789abcdef";
    for (sum, field) in [("0", "amount"), ("-1.00", "amount"), ("1.001", "amount"), ("x", "amount")] {
        let refused = refund(&till, &payment, sum, key).await;
        assert_eq!((code(&refused), refused["userErrors"][0]["field"][0].as_str()), ("INVALID", Some(field)), "{sum}");
    }
    let absent = json!({ "paymentId": "pay_00000000000000000000000001" });
    assert_eq!(code(&refund(&till, &absent, "1.00", key).await), "NOT_FOUND");
    assert_eq!(try_refund(&till, &json!({ "paymentId": "ord_1" }), "1.00", key).await.code(), "BAD_USER_INPUT");
    assert_eq!(try_refund(&till, &payment, "1.00", "short").await.code(), "BAD_USER_INPUT");

    let input = json!({ "input": {
        "paymentId": payment["paymentId"], "amount": { "amount": "1.00", "currencyCode": "USD" },
        "reason": "x", "idempotencyKey": key,
    } });
    let staff = till.world.identity.staff_token();
    let foreign = graphql(&till.service.graphql, Some(&staff), REFUND, input.clone()).await.ok();
    assert_eq!(code(&foreign["paymentRefund"]), "INVALID");
    let customer = till.world.identity.customer_token(a_customer());
    assert_eq!(graphql(&till.service.graphql, Some(&customer), REFUND, input.clone()).await.code(), "FORBIDDEN");
    assert_eq!(graphql(&till.service.graphql, None, REFUND, input).await.code(), "UNAUTHENTICATED");
    assert_eq!(till.provider.charges_of(&payment).await[0]["refunded_minor"], 0);
}
