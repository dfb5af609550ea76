//! The stories of a small shop in which everything is as it should be: six orders, each at another point of its life,
//! with the events and the provider's charges that belong to them.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use souk_contracts::{
    CurrencyCode, EventId, LineId, Money, OrderId, PaymentId, RefundId, ReservationId,
    events::{Envelope, EventBody, OrderChanged, OrderLineBody, PaymentChanged},
};
use uuid::Uuid;

pub const TOTAL: i64 = 1_990;
pub const SKU: &str = "MUG";

/// One order. `path` is its history: status and payment status of each version.
pub struct Story {
    pub number: u128,
    pub method: &'static str,
    pub units: u32,
    pub path: &'static [(&'static str, &'static str)],
    /// The state of its reservation, when it has one.
    pub reserved: Option<&'static str>,
    pub paid: Option<Paid>,
}

pub struct Paid {
    pub state: &'static str,
    pub authorized: i64,
    pub captured: i64,
    pub refunded: i64,
    /// The provider's word for it; None for cash.
    pub charge: Option<&'static str>,
}

const fn paid(state: &'static str, (authorized, captured, refunded): (i64, i64, i64), charge: &'static str) -> Paid {
    Paid { state, authorized, captured, refunded, charge: Some(charge) }
}

pub const STORIES: [Story; 6] = [
    Story {
        number: 1,
        method: "CARD",
        units: 2,
        path: &[("PENDING", "NONE"), ("RESERVED", "NONE"), ("AWAITING_PAYMENT", "NONE"), ("CONFIRMED", "CAPTURED")],
        reserved: Some("COMMITTED"),
        paid: Some(paid("CAPTURED", (TOTAL, TOTAL, 0), "captured")),
    },
    Story {
        number: 2,
        method: "CARD",
        units: 1,
        path: &[
            ("PENDING", "NONE"),
            ("RESERVED", "NONE"),
            ("AWAITING_PAYMENT", "NONE"),
            ("CONFIRMED", "CAPTURED"),
            ("CANCELLED", "REFUNDED"),
        ],
        reserved: Some("RESTOCKED"),
        paid: Some(paid("CAPTURED", (TOTAL, TOTAL, TOTAL), "captured")),
    },
    Story {
        number: 3,
        method: "CARD",
        units: 900,
        path: &[("PENDING", "NONE"), ("REJECTED", "NONE")],
        reserved: None,
        paid: None,
    },
    Story {
        number: 4,
        method: "CASH_ON_DELIVERY",
        units: 1,
        path: &[
            ("PENDING", "NONE"),
            ("RESERVED", "NONE"),
            ("AWAITING_PAYMENT", "NONE"),
            ("CONFIRMED", "AUTHORIZED"),
            ("SHIPPED", "AUTHORIZED"),
        ],
        reserved: Some("COMMITTED"),
        paid: Some(Paid { state: "AUTHORIZED", authorized: TOTAL, captured: 0, refunded: 0, charge: None }),
    },
    Story {
        number: 5,
        method: "UPI",
        units: 1,
        path: &[("PENDING", "NONE"), ("RESERVED", "NONE"), ("AWAITING_PAYMENT", "NONE")],
        reserved: Some("HELD"),
        paid: Some(paid("REQUIRES_ACTION", (0, 0, 0), "requires_action")),
    },
    Story {
        number: 6,
        method: "CARD",
        units: 1,
        path: &[("PENDING", "NONE"), ("RESERVED", "NONE"), ("PAYMENT_FAILED", "NONE")],
        reserved: Some("RELEASED"),
        paid: Some(paid("FAILED", (0, 0, 0), "failed")),
    },
];

impl Story {
    pub fn order(&self) -> OrderId {
        OrderId(Uuid::from_u128(self.number))
    }

    pub fn line(&self) -> LineId {
        LineId(Uuid::from_u128(100 + self.number))
    }

    pub fn payment(&self) -> PaymentId {
        PaymentId(Uuid::from_u128(200 + self.number))
    }

    pub fn reservation(&self) -> ReservationId {
        ReservationId(Uuid::from_u128(300 + self.number))
    }

    pub fn refund(&self) -> RefundId {
        RefundId(Uuid::from_u128(400 + self.number))
    }

    pub fn version(&self) -> u64 {
        self.path.len() as u64
    }

    pub fn events(&self) -> Vec<Envelope> {
        let line = OrderLineBody { line_id: self.line(), sku: SKU.parse().unwrap(), quantity: self.units };
        let event = |(index, (status, payment_status)): (usize, &(&str, &str))| {
            envelope(&OrderChanged {
                order_id: self.order(),
                number: format!("SK-{}", self.number),
                version: index as u64 + 1,
                customer_id: None,
                previous_status: index.checked_sub(1).map(|before| self.path[before].0.to_owned()),
                status: (*status).to_owned(),
                payment_status: (*payment_status).to_owned(),
                reason: None,
                lines: vec![line.clone()],
                total: Money::new(TOTAL, CurrencyCode::Eur),
                at: DateTime::UNIX_EPOCH,
            })
        };
        self.path.iter().enumerate().map(event).collect()
    }

    pub fn payment_event(&self, paid: &Paid) -> Envelope {
        envelope(&PaymentChanged {
            payment_id: self.payment(),
            order_id: self.order(),
            version: 1,
            method: self.method.to_owned(),
            state: paid.state.to_owned(),
            amount: Money::new(TOTAL, CurrencyCode::Eur),
            authorized_minor: paid.authorized,
            captured_minor: paid.captured,
            refunded_minor: paid.refunded,
            failure_reason: None,
            at: DateTime::UNIX_EPOCH,
        })
    }

    /// What the provider wrote down about it.
    fn charge(&self, paid: &Paid) -> Option<Value> {
        let status = paid.charge?;
        let refund = json!({ "id": "re_1", "reference": self.refund(), "amount_minor": paid.refunded, "at": AT });
        let action = json!({ "kind": "UPI_COLLECT", "secret": "s", "expires_at": "2100-01-01T00:00:00Z" });
        Some(json!({
            "id": format!("ch_{}", self.number), "version": 1, "reference": self.payment(), "amount_minor": TOTAL,
            "currency": "EUR", "method": self.method, "capture": self.method != "CARD", "status": status,
            "captured_minor": paid.captured, "refunded_minor": paid.refunded, "failure_code": null,
            "refunds": if paid.refunded > 0 { vec![refund] } else { vec![] },
            "action": if status == "requires_action" { action } else { Value::Null },
            "return_url": null, "late_success_at": null, "created_at": AT,
        }))
    }
}

const AT: &str = "2026-01-01T00:00:00Z";

/// The charges in the provider's ledger, one a line.
pub fn charges() -> Vec<Value> {
    STORIES.iter().filter_map(|story| story.charge(story.paid.as_ref()?)).collect()
}

pub fn envelope<B: EventBody>(body: &B) -> Envelope {
    Envelope::new(EventId(Uuid::new_v4()), body).unwrap()
}

/// The moment at which everything here happened.
pub fn at() -> DateTime<Utc> {
    AT.parse().unwrap()
}
