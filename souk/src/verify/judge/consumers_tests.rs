//! Consumers that fall behind, or have other rows than the events add up to.

use souk_contracts::events::{Envelope, ORDERS_EVENTS, PAYMENTS_EVENTS, PRODUCTS_EVENTS};

use super::*;
use crate::verify::judge::samples::{
    change_event, order_id, payment_event, payment_id, product_event, reservation, stock,
};

/// A confirmed order with its payment, and the product that it bought.
fn emitted() -> Emitted {
    let orders = [
        change_event(1, None, "PENDING", "NONE"),
        change_event(2, Some("PENDING"), "RESERVED", "NONE"),
        change_event(3, Some("RESERVED"), "AWAITING_PAYMENT", "NONE"),
        change_event(4, Some("AWAITING_PAYMENT"), "CONFIRMED", "CAPTURED"),
    ];
    let mut emitted = Emitted::default();
    take(&mut emitted, ORDERS_EVENTS, &orders);
    take(&mut emitted, PAYMENTS_EVENTS, &[payment_event(1, "CAPTURED", 1_990)]);
    take(&mut emitted, PRODUCTS_EVENTS, &[product_event(1, "ACTIVE")]);
    emitted
}

fn take(emitted: &mut Emitted, topic: &str, events: &[Envelope]) {
    for event in events {
        emitted.take(topic, &serde_json::to_vec(event).unwrap());
    }
}

fn consumers(emitted: &Emitted) -> Consumers {
    fn gates<B>(streams: &Streams<B>) -> Gates {
        streams.0.iter().map(|(subject, stream)| (subject.clone(), stream.last())).collect()
    }
    let known = KnownPayment {
        id: payment_id(1),
        order: order_id(7),
        version: 1,
        state: "CAPTURED".to_owned(),
        authorized_minor: 1_990,
        captured_minor: 1_990,
        refunded_minor: 0,
    };
    Consumers {
        inventory_of_products: gates(&emitted.products),
        inventory_of_orders: gates(&emitted.orders),
        orders_of_payments: gates(&emitted.payments),
        notifications_of_orders: gates(&emitted.orders),
        known_payments: vec![known],
        notices: vec![Notice { order: order_id(7), kind: "ORDER_CONFIRMED".to_owned() }],
    }
}

fn told(emitted: &Emitted, consumers: &Consumers) -> Vec<String> {
    let finding = consumers_agree(emitted, consumers, &[stock(8, 0)], &[reservation(1, "COMMITTED", 2)]);
    finding.violations.into_iter().map(|violation| violation.what).collect()
}

#[test]
fn consumers_that_took_everything_are_sound() {
    let emitted = emitted();
    assert_eq!(told(&emitted, &consumers(&emitted)), [""; 0]);
}

#[test]
fn an_event_that_a_consumer_has_not_taken_breaks_13() {
    let emitted = emitted();
    let mut behind = consumers(&emitted);
    behind.inventory_of_orders.values_mut().for_each(|version| *version = 3);
    assert_eq!(told(&emitted, &behind), ["inventory.orders has taken version 3 of 4"]);
    behind.inventory_of_orders.values_mut().for_each(|version| *version = 5);
    assert_eq!(told(&emitted, &behind), ["inventory.orders has taken version 5, and only 4 were emitted"]);
}

#[test]
fn units_or_rows_that_do_not_follow_the_events_break_13() {
    let emitted = emitted();
    let consumers = consumers(&emitted);
    let held = consumers_agree(&emitted, &consumers, &[stock(8, 0)], &[reservation(1, "HELD", 2)]);
    assert_eq!(held.violations[0].what, "its events say CONFIRMED, and inventory has 2 MUG as HELD");
    let nothing = consumers_agree(&emitted, &consumers, &[stock(8, 0)], &[]);
    assert_eq!(nothing.violations[0].what, "its events say CONFIRMED, and inventory has 2 MUG as NONE");
    let rowless = consumers_agree(&emitted, &consumers, &[], &[reservation(1, "COMMITTED", 2)]);
    assert_eq!(rowless.violations[0].what, "inventory has no stock row of MUG");
    let closed = Stock { closed: true, ..stock(8, 0) };
    let shut = consumers_agree(&emitted, &consumers, &[closed], &[reservation(1, "COMMITTED", 2)]);
    assert_eq!(shut.violations[0].what, "it is ACTIVE, and the stock of MUG is closed");
}

#[test]
fn a_payment_that_orders_knows_otherwise_breaks_13() {
    let emitted = emitted();
    let mut consumers = consumers(&emitted);
    consumers.known_payments[0].captured_minor = 5;
    let otherwise = "orders has version 1 of it as CAPTURED with 5 captured, told was CAPTURED with 1990";
    assert_eq!(told(&emitted, &consumers), [otherwise]);
    consumers.known_payments[0].version = 0;
    assert_eq!(told(&emitted, &consumers), ["orders has version 0 of it, 1 was told"]);
    consumers.known_payments.clear();
    assert_eq!(told(&emitted, &consumers), ["it is CAPTURED, and orders does not know it"]);
}

#[test]
fn a_message_that_is_missing_or_was_not_asked_for_breaks_13() {
    let emitted = emitted();
    let mut consumers = consumers(&emitted);
    consumers.notices.push(Notice { order: order_id(7), kind: "ORDER_SHIPPED".to_owned() });
    assert_eq!(told(&emitted, &consumers), ["ORDER_SHIPPED was written, and no event asked for it"]);
    consumers.notices.clear();
    assert_eq!(told(&emitted, &consumers), ["ORDER_CONFIRMED was never written"]);
}
