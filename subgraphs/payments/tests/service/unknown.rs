//! Answers that are late, lost or wrong: the outcome is found out, and nothing is charged twice.

use serde_json::json;

use crate::harness::{Provider, Till, an_order, card, run};

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_found_and_the_payment_goes_on() {
    let till = Till::open().await;
    for token in ["tok_timeout_after", "tok_timeout_before"] {
        let order = an_order();
        let payment = till.start(card(order, token)).await;
        assert_eq!(payment["state"], "PROCESSING", "{token}");
        till.told(order, "UNKNOWN").await;
        let told = till.told(order, "CAPTURED").await;
        assert_eq!(told["paymentId"], payment["paymentId"]);
        assert_eq!(till.provider.charges_of(&payment).await.len(), 1, "{token}");
        // UNKNOWN, AUTHORIZED, CAPTURED
        till.events_arrive(&payment, &[1, 2, 3]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_error_is_asked_again_with_the_same_key() {
    let till = Till::open().await;
    let order = an_order();
    let payment = till.start(card(order, "tok_500_then_ok")).await;
    till.becomes(order, "CAPTURED").await;
    assert_eq!(till.provider.charges_of(&payment).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_answer_does_not_hold_the_caller() {
    let till = Till::open_with(&[("SOUK_PROVIDER_TIMEOUT_MS", "5000")]).await;
    // No webhook helps here.
    till.courier.deliver_to(None);
    let order = an_order();
    let payment = till.start(card(order, "tok_slow")).await;
    assert_eq!(payment["state"], "PROCESSING");
    let told = till.told(order, "CAPTURED").await;
    assert_eq!(told["version"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_may_come_before_the_answer() {
    let till = Till::open_with(&[("SOUK_PROVIDER_TIMEOUT_MS", "5000"), ("SOUK_PAYMENT_REPLY_MS", "4000")]).await;
    let order = an_order();
    let payment = till.start(card(order, "tok_slow")).await;
    assert_eq!((&payment["state"], &payment["version"]), (&json!("CAPTURED"), &json!(2)));
    assert_eq!(till.provider.charges_of(&payment).await.len(), 1);
    assert_eq!(till.payments(order).await, [payment]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_away_is_waited_for() {
    let mut till = Till::open().await;
    let address = till.provider.stop().await;
    let order = an_order();
    let payment = till.start(card(order, "tok_ok")).await;
    assert_eq!(payment["state"], "UNKNOWN");
    till.provider = Provider::start(&till.folder, &till.courier_url, &address).await;
    till.told(order, "CAPTURED").await;
    assert_eq!(till.provider.charges_of(&payment).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intent_that_nobody_carried_out_is_carried_out() {
    let till = Till::open().await;
    let order = an_order();
    // As a process leaves it that died between its intent and the call.
    let mut connection = till.world.database.connect().await;
    let id = uuid::Uuid::new_v4();
    sqlx::query(
        "INSERT INTO payments (id, order_id, attempt, live_order_id, method, token, state, version, currency, amount_minor)
         VALUES (?, ?, 1, ?, 'CARD', 'tok_ok', 'PROCESSING', 0, 'EUR', 1990)",
    )
    .bind(id)
    .bind(order.uuid())
    .bind(order.uuid())
    .execute(&mut connection)
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO provider_operations (payment_id, kind, n, state, tries, run_at) VALUES (?, 'CHARGE', 1, 'PENDING', 1, NOW(6))",
    )
    .bind(id)
    .execute(&mut connection)
    .await
    .unwrap();
    till.told(order, "CAPTURED").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_in_the_middle_loses_nothing() {
    let mut till = Till::open_with(&[("SOUK_DRAIN_MS", "50")]).await;
    let order = an_order();
    let payment = till.start(card(order, "tok_timeout_before")).await;
    assert_eq!(payment["state"], "PROCESSING");
    till.service.shutdown.request();
    till.service.shutdown.drain(crate::harness::LIMIT).await;
    till.service = run(&till.world).await;
    till.becomes(order, "CAPTURED").await;
    assert_eq!(till.provider.charges_of(&payment).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_is_told_until_it_listens() {
    let till = Till::open().await;
    till.orders.fail(3);
    let order = an_order();
    let waiting = till.start(crate::harness::input(order, "UPI", None)).await;
    till.decide(&waiting, "approve").await;
    till.told(order, "CAPTURED").await;
}
