//! Cancelling, in every state that allows it.

use serde_json::json;

use crate::harness::{Basket, Shop, codes, id, path};

#[tokio::test]
async fn a_confirmed_order_is_restocked_and_refunded() {
    let shop = Shop::open().await;
    let order = id(&shop.place(&Basket::card()).await);
    let cancelled = shop.cancel(&shop.customer, &order).await;
    assert_eq!(
        (cancelled["order"]["status"].as_str(), cancelled["order"]["paymentStatus"].as_str()),
        (Some("CANCELLED"), Some("REFUNDED"))
    );
    let books = shop.fakes.books();
    assert_eq!((books.stock["MUG"], books.count("ReservationRestock")), (100, 1));
    assert!(books.payments[&order].refunded);
}

#[tokio::test]
async fn a_promise_to_pay_at_the_door_is_let_go() {
    let shop = Shop::open().await;
    let order = id(&shop.place(&Basket::cash()).await);
    let cancelled = shop.cancel(&shop.staff, &order).await;
    assert_eq!(cancelled["order"]["paymentStatus"], "VOIDED");
}

#[tokio::test]
async fn an_order_that_waits_for_its_payment_is_released() {
    let shop = Shop::open().await;
    let order = id(&shop.place(&Basket::upi()).await);
    let key = "cancel-0123456789";
    let input = json!({ "id": order, "reason": "too slow", "idempotencyKey": key });
    for _ in 0..2 {
        let cancelled = shop.mutate(&shop.customer, "orderCancel", input.clone()).await;
        assert_eq!(
            (cancelled["order"]["status"].as_str(), cancelled["order"]["paymentStatus"].as_str()),
            (Some("CANCELLED"), Some("NONE"))
        );
    }
    let other = json!({ "id": order, "reason": "another", "idempotencyKey": key });
    assert_eq!(codes(&shop.mutate(&shop.customer, "orderCancel", other).await), ["IDEMPOTENCY_KEY_REUSED"]);
    let seen = shop.order(&order).await;
    assert_eq!(seen["history"][3]["reason"], "too slow");
    assert!(shop.fakes.books().held.is_empty());
}

#[tokio::test]
async fn money_that_arrives_after_the_end_is_given_back() {
    let shop = Shop::open().await;
    let order = id(&shop.place(&Basket::upi()).await);
    shop.cancel(&shop.customer, &order).await;
    {
        // The bank took it after all: payments has not cancelled this yet.
        let mut books = shop.fakes.books();
        let payment = books.payments.get_mut(&order).unwrap();
        payment.cancelled = false;
    }
    shop.tell(&shop.fakes.capture(&order)).await;
    let refunded = shop.wait_for(&order, "CANCELLED", "REFUNDED").await;
    assert_eq!(path(&refunded)[3..], ["CANCELLED", "CANCELLED", "CANCELLED"]);
    assert_eq!(refunded["history"][4]["paymentStatus"], "CAPTURED");
    assert!(shop.fakes.payment(&order).unwrap().refunded);
}

#[tokio::test]
async fn an_order_that_is_being_cancelled_is_neither_shipped_nor_confirmed() {
    let shop = Shop::open_with(&[("SOUK_ORDERS_INLINE_MS", "100")]).await;
    let order = id(&shop.place(&Basket::card()).await);
    // On a busy machine that takes longer than the mutation waits.
    shop.wait_for(&order, "CONFIRMED", "CAPTURED").await;
    shop.fakes.books().away = vec!["payments"];
    let cancelling = shop.cancel(&shop.customer, &order).await;
    assert_eq!(cancelling["order"]["status"], "CONFIRMED", "it ends when the money is back, not before");
    assert_eq!(shop.order(&order).await["availableTransitions"], json!([]));
    assert_eq!(codes(&shop.mutate(&shop.staff, "orderShip", json!({ "id": order })).await), ["INVALID_TRANSITION"]);
    shop.fakes.books().away.clear();
    shop.wait_for(&order, "CANCELLED", "REFUNDED").await;
}

#[tokio::test]
async fn an_order_is_cancelled_while_its_payment_is_on_its_way() {
    let shop = Shop::open_with(&[("SOUK_ORDERS_INLINE_MS", "200")]).await;
    shop.fakes.close_gate("PaymentStart");
    let order = id(&shop.place(&Basket::card()).await);
    assert_eq!(shop.order(&order).await["status"], "RESERVED");
    let cancelled = shop.cancel(&shop.customer, &order).await;
    assert_eq!(cancelled["order"]["status"], "CANCELLED");
    // The call that was on its way arrives: payments takes the money and tells.
    shop.fakes.open_gate();
    souk_testing::until("the payment", crate::harness::SOON, || async { shop.fakes.payment(&order).is_some() }).await;
    shop.tell(&shop.fakes.payment(&order).unwrap()).await;
    shop.wait_for(&order, "CANCELLED", "REFUNDED").await;
    assert!(shop.fakes.books().held.is_empty());
}

#[tokio::test]
async fn units_that_are_held_after_a_cancel_are_given_back_at_once() {
    let shop = Shop::open_with(&[("SOUK_ORDERS_INLINE_MS", "200")]).await;
    shop.fakes.close_gate("ReservationHold");
    let order = id(&shop.place(&Basket::card()).await);
    assert_eq!(shop.order(&order).await["status"], "PENDING");
    assert_eq!(shop.cancel(&shop.customer, &order).await["order"]["status"], "CANCELLED");
    // The hold that was on its way is done now, for an order that has ended.
    shop.fakes.open_gate();
    souk_testing::until("the units to come back", crate::harness::SOON, || async {
        shop.fakes.books().count("ReservationRelease") == 2
    })
    .await;
    assert!(shop.fakes.books().held.is_empty());
    let seen = shop.order(&order).await;
    assert_eq!(path(&seen), ["PENDING", "CANCELLED"]);
}

#[tokio::test]
async fn money_that_does_not_come_back_is_asked_for_ever_more_rarely() {
    let shop = Shop::open().await;
    let order = id(&shop.place(&Basket::upi()).await);
    shop.cancel(&shop.customer, &order).await;
    {
        let mut books = shop.fakes.books();
        books.stuck = true;
        books.payments.get_mut(&order).unwrap().cancelled = false;
    }
    shop.tell(&shop.fakes.capture(&order)).await;
    souk_testing::until("tries to be counted", crate::harness::SOON, || async {
        let mut connection = shop.world.database.connect().await;
        let tries: Option<(i32,)> = sqlx::query_as("SELECT tries FROM sagas WHERE step = 'REFUND'")
            .fetch_optional(&mut connection)
            .await
            .unwrap();
        tries.is_some_and(|(tries,)| tries >= 2)
    })
    .await;
    assert_eq!(shop.order(&order).await["version"], 5, "asking in vain is no news of the order");
    shop.fakes.books().stuck = false;
    shop.wait_for(&order, "CANCELLED", "REFUNDED").await;
}
