//! Starting payments of every kind.

use serde_json::{Value, json};

use crate::harness::{Till, a_customer, amount, an_order, card, input};

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_authorised_then_captured_within_the_call() {
    let till = Till::open().await;
    let order = an_order();
    let payment = till.start(card(order, "tok_ok")).await;
    assert_eq!((&payment["state"], &payment["version"]), (&json!("CAPTURED"), &json!(2)));
    assert_eq!((amount(&payment, "authorized"), amount(&payment, "captured")), ("19.90", "19.90"));
    let charges = till.provider.charges_of(&payment).await;
    assert_eq!((charges.len(), &charges[0]["status"]), (1, &json!("captured")));
    till.events_arrive(&payment, &[1, 2]).await;
    // The caller knows it from the reply.
    assert!(till.orders.told().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_attempt_is_one_payment_however_often_it_is_started() {
    let till = Till::open().await;
    let order = an_order();
    let all = futures_util::future::join_all((0..8).map(|_| till.start(card(order, "tok_ok")))).await;
    assert!(all.iter().all(|payment| payment["paymentId"] == all[0]["paymentId"]));
    till.becomes(order, "CAPTURED").await;
    assert_eq!(till.provider.charges_of(&all[0]).await.len(), 1);

    let mut other = card(order, "tok_ok");
    other["amount"]["amount"] = json!("19.91");
    assert_eq!(till.try_start(other).await.code(), "CONFLICT");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_has_one_live_payment() {
    let till = Till::open().await;
    let order = an_order();
    let declined = till.start(card(order, "tok_declined")).await;
    assert_eq!((&declined["state"], &declined["failureReason"]), (&json!("FAILED"), &json!("declined")));

    let attempt = |number: u32| {
        let mut input = card(order, "tok_ok");
        input["attempt"] = json!(number);
        input
    };
    let starts = futures_util::future::join_all([2, 3, 4].map(|number| till.try_start(attempt(number)))).await;
    let (taken, refused): (Vec<_>, Vec<_>) = starts.into_iter().partition(|answer| answer.errors.is_empty());
    assert_eq!((taken.len(), refused.len()), (1, 2));
    assert!(refused.iter().all(|answer| answer.code() == "CONFLICT"));
    assert_eq!(till.payments(order).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_step_methods_wait_for_the_customer_or_settle_at_once() {
    let till = Till::open().await;
    let wallet = till.start(input(an_order(), "WALLET", None)).await;
    assert_eq!((&wallet["state"], amount(&wallet, "authorized")), (&json!("CAPTURED"), "19.90"));

    for (method, kind) in [("UPI", "UPI_COLLECT"), ("NET_BANKING", "REDIRECT")] {
        let order = an_order();
        let waiting = till.start(input(order, method, None)).await;
        assert_eq!((&waiting["state"], &waiting["nextAction"]["kind"]), (&json!("REQUIRES_ACTION"), &json!(kind)));
        till.decide(&waiting, "approve").await;
        let told = till.told(order, "CAPTURED").await;
        assert_eq!((&told["paymentId"], &told["version"]), (&waiting["paymentId"], &json!(2)));
        assert_eq!(told["captured"], json!({ "amount": "19.90", "currencyCode": "EUR" }));
        till.events_arrive(&waiting, &[1, 2]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_3ds_card_is_captured_without_being_asked_for() {
    let till = Till::open().await;
    let order = an_order();
    let waiting = till.start(card(order, "tok_3ds")).await;
    assert_eq!(waiting["nextAction"]["kind"], "3DS");
    till.decide(&waiting, "approve").await;
    let told = till.told(order, "CAPTURED").await;
    assert_eq!(told["version"], 3);
    till.events_arrive(&waiting, &[1, 2, 3]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_collect_request_fails() {
    let till = Till::open().await;
    let order = an_order();
    let waiting = till.start(input(order, "UPI", None)).await;
    till.decide(&waiting, "decline").await;
    assert_eq!(till.told(order, "FAILED").await["failureReason"], "declined_by_customer");
}

#[tokio::test(flavor = "multi_thread")]
async fn cash_is_authorised_at_once_and_captured_when_handed_over() {
    let till = Till::open().await;
    let order = an_order();
    let cash = till.start(input(order, "CASH_ON_DELIVERY", None)).await;
    assert_eq!(
        (&cash["state"], &cash["version"], amount(&cash, "captured")),
        (&json!("AUTHORIZED"), &json!(1), "0.00")
    );
    for _ in 0..2 {
        let captured = till.try_capture(order).await.ok()["paymentCapture"].clone();
        assert_eq!((&captured["state"], &captured["version"]), (&json!("CAPTURED"), &json!(2)));
    }
    assert!(till.provider.charges_of(&cash).await.is_empty());
    till.events_arrive(&cash, &[1, 2]).await;
    assert_eq!(till.try_capture(an_order()).await.code(), "NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_a_card_number_is_refused_and_kept_nowhere() {
    let till = Till::open().await;
    let order = an_order();
    let payment = till.start(card(order, "4242424242424242")).await;
    assert_eq!((&payment["state"], &payment["failureReason"]), (&json!("FAILED"), &json!("token_invalid")));
    let unknown = till.start(card(an_order(), "tok_nonsense")).await;
    assert_eq!((&unknown["state"], &unknown["failureReason"]), (&json!("FAILED"), &json!("invalid_request")));
    let mut connection = till.world.database.connect().await;
    let (kept,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM payments WHERE token LIKE '%4242%'")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(kept, 0);
    till.events_arrive(&payment, &[1]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_orders_may_start_and_bad_input_is_named() {
    let till = Till::open().await;
    let query = "mutation($input: PaymentStartInput!) { paymentStart(input: $input) { state } }";
    let variables = json!({ "input": card(an_order(), "tok_ok") });
    let identity = &till.world.identity;
    for token in
        [identity.service_token("inventory", "payments"), identity.customer_token(a_customer()), identity.staff_token()]
    {
        let answer = souk_testing::graphql(&till.service.graphql, Some(&token), query, variables.clone()).await;
        assert_eq!(answer.code(), "FORBIDDEN");
    }
    let with = |field: &str, value: Value| {
        let mut input = card(an_order(), "tok_ok");
        input[field] = value;
        input
    };
    for bad in [
        with("orderId", json!("pay_1")),
        with("attempt", json!(0)),
        with("amount", json!({ "amount": "0", "currencyCode": "EUR" })),
        with("amount", json!({ "amount": "-1", "currencyCode": "EUR" })),
        with("customerId", json!("someone")),
    ] {
        assert_eq!(till.try_start(bad.clone()).await.code(), "BAD_USER_INPUT", "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn missed_events_can_be_asked_for() {
    let till = Till::open().await;
    let payment = till.start(card(an_order(), "tok_ok")).await;
    let query = "query($id: ID!, $version: Int!) { eventsSince(id: $id, version: $version) }";
    let data = till.as_orders(query, json!({ "id": payment["paymentId"], "version": 1 })).await.ok();
    let events = data["eventsSince"].as_array().unwrap();
    assert_eq!(events.len(), 1);
    let event: Value = serde_json::from_str(events[0].as_str().unwrap()).unwrap();
    assert_eq!((&event["type"], &event["version"]), (&json!("souk.payment.captured.v1"), &json!(2)));
    assert_eq!(event["data"]["capturedMinor"], 1990);
}
