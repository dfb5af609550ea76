//! Rows of a sound little shop, for the judges' tests to damage.

use chrono::DateTime;
use souk_contracts::{
    CurrencyCode, EventId, LineId, Money, OrderId, PaymentId, ProductId, RefundId, ReservationId, VariantId,
    events::{Envelope, EventBody, OrderChanged, OrderLineBody, PaymentChanged, ProductChanged, VariantBody},
};
use uuid::Uuid;

use crate::verify::rows::{Change, Line, Order, Payment, Refund, Reservation, Stock};

pub fn order_id(number: u128) -> OrderId {
    OrderId(Uuid::from_u128(number))
}

pub fn line_id(number: u128) -> LineId {
    LineId(Uuid::from_u128(number))
}

pub fn payment_id(number: u128) -> PaymentId {
    PaymentId(Uuid::from_u128(number))
}

/// An order of 1990, paid by card.
pub fn order(number: u128, status: &str, payment_status: &str, version: u64) -> Order {
    Order {
        id: order_id(number),
        status: status.to_owned(),
        payment_status: payment_status.to_owned(),
        version,
        is_ending: false,
        method: "CARD".to_owned(),
        currency: "EUR".to_owned(),
        total_minor: 1_990,
        is_young: true,
    }
}

pub fn line(order: u128, number: u128, quantity: i64) -> Line {
    Line { order: order_id(order), id: line_id(number), sku: "MUG".to_owned(), quantity }
}

/// Of order 7 and the line of the same number.
pub fn reservation(number: u128, state: &str, quantity: i64) -> Reservation {
    Reservation {
        id: ReservationId(Uuid::from_u128(number)),
        order: order_id(7),
        line: line_id(number),
        sku: "MUG".to_owned(),
        warehouse: "main".to_owned(),
        quantity,
        state: state.to_owned(),
        overdue_ms: -60_000,
    }
}

pub fn stock(on_hand: i64, reserved: i64) -> Stock {
    let (sku, warehouse) = ("MUG".to_owned(), "main".to_owned());
    Stock { sku, warehouse, on_hand, reserved, closed: false, version: 3 }
}

/// By card, for order 7, of 1990, with this much authorised, captured and refunded.
pub fn payment(number: u128, state: &str, (authorized, captured, refunded): (i64, i64, i64)) -> Payment {
    Payment {
        id: payment_id(number),
        order: order_id(7),
        method: "CARD".to_owned(),
        state: state.to_owned(),
        version: 2,
        currency: "EUR".to_owned(),
        amount_minor: 1_990,
        authorized_minor: authorized,
        captured_minor: captured,
        refunded_minor: refunded,
        refunding_minor: 0,
        age_ms: 1_000,
    }
}

pub fn refund(number: u128, payment: u128, amount_minor: i64, state: &str) -> Refund {
    let (id, payment) = (RefundId(Uuid::from_u128(number)), payment_id(payment));
    Refund { id, payment, amount_minor, state: state.to_owned() }
}

/// A row of order 7's history.
pub fn change(version: u64, from: Option<&str>, to: &str, payment_status: &str) -> Change {
    Change {
        order: order_id(7),
        version,
        from: from.map(str::to_owned),
        to: to.to_owned(),
        payment_status: payment_status.to_owned(),
    }
}

/// Of order 7, which has two MUG in line 1; each call is an event of its own.
pub fn change_event(version: u64, from: Option<&str>, to: &str, payment_status: &str) -> Envelope {
    let line = OrderLineBody { line_id: line_id(1), sku: "MUG".parse().unwrap(), quantity: 2 };
    envelope(&OrderChanged {
        order_id: order_id(7),
        number: "SK-1".to_owned(),
        version,
        customer_id: None,
        previous_status: from.map(str::to_owned),
        status: to.to_owned(),
        payment_status: payment_status.to_owned(),
        reason: None,
        lines: vec![line],
        total: Money::new(1_990, CurrencyCode::Eur),
        at: DateTime::UNIX_EPOCH,
    })
}

/// Of payment 1 of order 7.
pub fn payment_event(version: u64, state: &str, captured_minor: i64) -> Envelope {
    envelope(&PaymentChanged {
        payment_id: payment_id(1),
        order_id: order_id(7),
        version,
        method: "CARD".to_owned(),
        state: state.to_owned(),
        amount: Money::new(1_990, CurrencyCode::Eur),
        authorized_minor: captured_minor,
        captured_minor,
        refunded_minor: 0,
        failure_reason: None,
        at: DateTime::UNIX_EPOCH,
    })
}

/// Of a product whose one variant is MUG.
pub fn product_event(version: u64, status: &str) -> Envelope {
    envelope(&ProductChanged {
        product_id: ProductId(Uuid::from_u128(9)),
        version,
        change: "created".to_owned(),
        status: status.to_owned(),
        variants: vec![VariantBody { variant_id: VariantId(Uuid::from_u128(9)), sku: "MUG".parse().unwrap() }],
        at: DateTime::UNIX_EPOCH,
    })
}

fn envelope<B: EventBody>(body: &B) -> Envelope {
    Envelope::new(EventId(Uuid::new_v4()), body).unwrap()
}
