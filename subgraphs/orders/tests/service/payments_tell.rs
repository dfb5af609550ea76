//! What payments tells, by call and by event, in any order and any number of times.

use serde_json::json;
use souk_contracts::{
    CurrencyCode, EventId, Money,
    events::{Envelope, PAYMENTS_EVENTS, PaymentChanged},
};
use souk_process::clock;
use souk_subgraph::kafka::{KafkaSettings, Producer};
use souk_testing::Statements;

use crate::{
    fakes::FakePayment,
    harness::{Basket, Shop, id},
};

fn producer(shop: &Shop) -> Producer {
    let settings = KafkaSettings {
        brokers: shop.world.broker.brokers(),
        epoch: Some(shop.world.broker.epoch.clone()),
        client_id: "test".to_owned(),
    };
    Producer::new(&settings).unwrap()
}

async fn publish(producer: &Producer, payment: &FakePayment) {
    publish_together(producer, std::slice::from_ref(payment)).await;
}

async fn publish_together(producer: &Producer, payments: &[FakePayment]) {
    let records: Vec<_> =
        payments.iter().map(|payment| (payment.id.as_str(), serde_json::to_vec(&event(payment)).unwrap())).collect();
    let records = records.iter().map(|(id, record)| (PAYMENTS_EVENTS, *id, record.as_slice()));
    producer.send_all(records).await.unwrap();
}

fn event(payment: &FakePayment) -> Envelope {
    let amount = payment.amount["amount"].as_str().unwrap();
    let total = Money::parse(amount, CurrencyCode::Eur).unwrap();
    let part = |is: bool| if is { total.minor } else { 0 };
    let body = PaymentChanged {
        payment_id: payment.id.parse().unwrap(),
        order_id: payment.order.parse().unwrap(),
        version: payment.version,
        method: "UPI".to_owned(),
        state: payment.state.to_owned(),
        amount: total,
        authorized_minor: part(payment.authorized),
        captured_minor: part(payment.captured),
        refunded_minor: part(payment.refunded),
        failure_reason: None,
        at: clock::now(),
    };
    Envelope::new(EventId(uuid::Uuid::new_v4()), &body).unwrap()
}

#[tokio::test]
async fn the_event_confirms_when_the_call_was_lost_and_nothing_happens_twice() {
    let shop = Shop::open().await;
    let producer = producer(&shop);
    let order = id(&shop.place(&Basket::upi()).await);
    let payment = shop.fakes.capture(&order);
    publish(&producer, &payment).await;
    publish(&producer, &payment).await;
    let confirmed = shop.wait_for(&order, "CONFIRMED", "CAPTURED").await;
    assert_eq!(confirmed["version"], 4);
    shop.tell(&payment).await;
    let mut refunded = payment.clone();
    refunded.version += 1;
    refunded.refunded = true;
    shop.tell(&refunded).await;
    // An old version, late, by the other way: the newer one stands.
    publish(&producer, &payment).await;
    shop.tell(&payment).await;
    let order = shop.wait_for(&order, "CONFIRMED", "REFUNDED").await;
    assert_eq!(order["version"], 5);
    assert_eq!(order["history"][4]["from"], json!("CONFIRMED"));
}

#[tokio::test]
async fn orders_whose_payments_are_told_together_are_locked_before_one_is_changed() {
    let shop = Shop::open().await;
    let producer = producer(&shop);
    let mut orders = Vec::new();
    for _ in 0..8 {
        orders.push(id(&shop.place(&Basket::upi()).await));
    }
    let captured: Vec<FakePayment> = orders.iter().map(|order| shop.fakes.capture(order)).collect();
    let asked = |payment: &FakePayment| FakePayment { version: 1, state: "REQUIRES_ACTION", ..payment.clone() };
    let payments: Vec<FakePayment> = captured.iter().map(asked).chain(captured.iter().cloned()).collect();
    let recorded = Statements::record(&shop.world.database).await;
    publish_together(&producer, &payments).await;
    for order in &orders {
        assert_eq!(shop.wait_for(order, "CONFIRMED", "CAPTURED").await["version"], 4);
    }
    let statements = recorded.naming(&["orders"]).await;
    let locks = statements.iter().filter(|statement| statement.contains("ORDER BY id FOR UPDATE")).count();
    assert!((1..8).contains(&locks), "some were locked together {locks} times");
}

/// The payment of the order that waits for the reply of paymentStart.
async fn start_behind_the_gate(shop: &Shop, token: &str) -> FakePayment {
    let order = souk_testing::eventually("RESERVED", crate::harness::SOON, || async {
        let held = shop.fakes.books().held.keys().next().cloned();
        let order = shop.order(&held?).await;
        (order["status"] == "RESERVED").then_some(order)
    })
    .await;
    let started = json!({ "input": { "orderId": order["id"], "method": "CARD", "token": token,
                          "amount": { "amount": "53.19", "currencyCode": "EUR" } } });
    shop.fakes.start_payment(&started)
}

#[tokio::test]
async fn a_decline_that_is_told_before_the_reply_is_what_the_buyer_hears() {
    // The buyer waits as long as it takes here: what is said within the time is asked, not how much time it is.
    let shop = Shop::open_with(&[("SOUK_ORDERS_INLINE_MS", "20000")]).await;
    shop.fakes.close_gate("PaymentStart");
    let basket = Basket::card();
    let (placed, ()) = tokio::join!(shop.place(&basket), async {
        let declined = start_behind_the_gate(&shop, "tok_declined").await;
        // Whoever takes the news cannot end the order at once: the run that the buyer waits for loses it meanwhile.
        shop.fakes.books().away = vec!["inventory"];
        shop.tell(&declined).await;
        shop.fakes.open_gate();
        souk_testing::until("the end is tried", crate::harness::SOON, || async {
            shop.fakes.books().count("ReservationRelease") > 0
        })
        .await;
        shop.fakes.books().away.clear();
    });
    assert_eq!(placed["userErrors"][0]["code"], "PAYMENT_DECLINED", "{placed}");
    assert_eq!(placed["order"]["status"], "PAYMENT_FAILED");
}

#[tokio::test]
async fn a_webhook_before_the_reply_confirms_once() {
    let shop = Shop::open().await;
    shop.fakes.close_gate("PaymentStart");
    let basket = Basket::card();
    let (placed, ()) = tokio::join!(shop.place(&basket), async {
        // The reply of paymentStart waits; the provider's webhook does not.
        let payment = start_behind_the_gate(&shop, "tok_ok").await;
        shop.tell(&payment).await;
        shop.fakes.open_gate();
    });
    let order = shop.wait_for(&id(&placed), "CONFIRMED", "CAPTURED").await;
    assert_eq!(order["version"], 4);
}

#[tokio::test]
async fn a_payment_of_an_unknown_order_is_told_so() {
    let shop = Shop::open().await;
    let order = id(&shop.place(&Basket::upi()).await);
    let mut payment = shop.fakes.capture(&order);
    payment.order = "ord_00000000000000000000000007".to_owned();
    assert!(!shop.tell(&payment).await);
}

#[tokio::test]
async fn an_event_that_was_lost_is_asked_for_before_a_newer_one_is_taken() {
    let shop = Shop::open().await;
    let producer = producer(&shop);
    let order = id(&shop.place(&Basket::upi()).await);
    let waiting = shop.fakes.payment(&order).unwrap();
    let captured = shop.fakes.capture(&order);
    let refunded = FakePayment { version: 3, refunded: true, ..captured.clone() };
    let kept = [&waiting, &captured, &refunded].map(|payment| serde_json::to_value(event(payment)).unwrap());
    {
        let mut books = shop.fakes.books();
        books.events.insert(waiting.id.clone(), kept.into());
        books.away = vec!["payments"];
    }
    // The first two are lost on the way, and payments cannot be asked at once.
    publish(&producer, &refunded).await;
    souk_testing::until("payments is asked", std::time::Duration::from_secs(40), || async {
        shop.fakes.books().count("PaymentEventsSince") > 1
    })
    .await;
    assert_eq!(shop.order(&order).await["status"], "AWAITING_PAYMENT");
    shop.fakes.books().away.clear();
    let order = shop.wait_for(&order, "CONFIRMED", "REFUNDED").await;
    let path = crate::harness::path(&order);
    assert_eq!(path, ["PENDING", "RESERVED", "AWAITING_PAYMENT", "CONFIRMED", "CONFIRMED"]);
    assert_eq!(order["history"][3]["paymentStatus"], "CAPTURED", "it was paid, and the money came back later");
}
