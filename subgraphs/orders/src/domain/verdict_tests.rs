//! The verdict on every payment state in every status of an order.

use std::fmt::Write as _;

use chrono::DateTime;
use souk_contracts::{CurrencyCode, Money, OrderId, PaymentId, PostalAddress};

use super::*;
use crate::domain::{Ending, NewOrder, OrderAction, PaymentMethod, pricing::Totals};

const TOTAL: i64 = 1_000;

fn eur(minor: i64) -> Money {
    Money::new(minor, CurrencyCode::Eur)
}

fn order(status: OrderStatus, method: PaymentMethod) -> Order {
    let totals = Totals { subtotal: eur(TOTAL), discount: eur(0), shipping: eur(0), tax: eur(0), total: eur(TOTAL) };
    let shipping_address = PostalAddress {
        name: "Asha".to_owned(),
        line1: "12 Bazaar Road".to_owned(),
        line2: None,
        city: "Pune".to_owned(),
        region: None,
        postal_code: "411001".to_owned(),
        country_code: "IN".to_owned(),
        phone: None,
    };
    let new = NewOrder {
        customer: None,
        email: Some("asha@example.com".to_owned()),
        lines: Vec::new(),
        totals,
        payment_method: method,
        shipping_address,
    };
    let mut order = Order::place(new, OrderId(uuid::Uuid::nil()), DateTime::UNIX_EPOCH);
    order.status = status;
    order.payment_status = match status {
        OrderStatus::Confirmed | OrderStatus::Shipped | OrderStatus::Delivered => PaymentStatus::Captured,
        _ => PaymentStatus::None,
    };
    order
}

fn fact(state: PaymentState, [authorized, captured, refunded]: [i64; 3]) -> PaymentFact {
    PaymentFact {
        payment: PaymentId(uuid::Uuid::nil()),
        order: OrderId(uuid::Uuid::nil()),
        attempt: Some(1),
        version: 1,
        state,
        authorized: eur(authorized),
        captured: eur(captured),
        refunded: eur(refunded),
        failure_reason: None,
    }
}

fn facts() -> [(&'static str, PaymentFact); 11] {
    use PaymentState::{Authorized, Captured, Created, Failed, Processing, RequiresAction, Unknown, Voided};
    [
        ("CREATED", fact(Created, [0, 0, 0])),
        ("PROCESSING", fact(Processing, [0, 0, 0])),
        ("UNKNOWN", fact(Unknown, [0, 0, 0])),
        ("REQUIRES_ACTION", fact(RequiresAction, [0, 0, 0])),
        ("AUTHORIZED", fact(Authorized, [TOTAL, 0, 0])),
        ("FAILED", fact(Failed, [0, 0, 0])),
        ("VOIDED", fact(Voided, [TOTAL, 0, 0])),
        ("CAPTURED", fact(Captured, [TOTAL, TOTAL, 0])),
        ("CAPTURED too little", fact(Captured, [TOTAL, TOTAL - 1, 0])),
        ("CAPTURED part back", fact(Captured, [TOTAL, TOTAL, 1])),
        ("CAPTURED all back", fact(Captured, [TOTAL, TOTAL, TOTAL])),
    ]
}

#[test]
fn every_payment_means_one_thing_in_every_status() {
    let mut table = String::new();
    for status in OrderStatus::ALL {
        for (name, fact) in facts() {
            let told = verdict(&order(status, PaymentMethod::Card), &fact);
            writeln!(table, "{:16} {name:20} -> {told:?}", status.as_str()).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn a_promise_is_enough_at_the_door_only() {
    let promised = fact(PaymentState::Authorized, [TOTAL, 0, 0]);
    let at_the_door = verdict(&order(OrderStatus::Reserved, PaymentMethod::CashOnDelivery), &promised);
    assert_eq!(at_the_door, Verdict::Confirm(PaymentAction::Authorize));
    assert_eq!(verdict(&order(OrderStatus::Reserved, PaymentMethod::Card), &promised), Verdict::Nothing);
}

#[test]
fn an_order_on_its_way_to_an_end_is_not_confirmed_by_a_payment() {
    let mut order = order(OrderStatus::AwaitingPayment, PaymentMethod::Upi);
    order.ending = Some(Ending { action: OrderAction::Cancel, reason: String::new() });
    for (_, fact) in facts() {
        assert_eq!(verdict(&order, &fact), Verdict::Nothing);
    }
}
