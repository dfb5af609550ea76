//! Rows as the judges see them. Statuses stay text: a word that no machine knows is a finding, not a crash.

use souk_contracts::{LineId, OrderId, PaymentId, RefundId, ReservationId};

/// The newest moment of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub id: OrderId,
    pub status: String,
    pub payment_status: String,
    pub version: u64,
    /// It heads for an end that is not written yet.
    pub is_ending: bool,
    pub method: String,
    pub currency: String,
    pub total_minor: i64,
    /// So young that its key and all its events are kept for sure.
    pub is_young: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub order: OrderId,
    pub id: LineId,
    pub sku: String,
    pub quantity: i64,
}

/// A row of an order's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub order: OrderId,
    pub version: u64,
    pub from: Option<String>,
    pub to: String,
    pub payment_status: String,
}

/// What orders knows of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPayment {
    pub id: PaymentId,
    pub order: OrderId,
    pub version: u64,
    pub state: String,
    pub authorized_minor: i64,
    pub captured_minor: i64,
    pub refunded_minor: i64,
}

/// A checkout that is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSaga {
    pub order: OrderId,
    pub step: String,
    pub in_step_ms: i64,
    /// Due, and in nobody's hands, for so long; None when it is not due.
    pub untaken_ms: Option<i64>,
}

/// Units of a sku in orders that are confirmed and stay so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sold {
    pub sku: String,
    pub units: i64,
    pub orders: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stock {
    pub sku: String,
    pub warehouse: String,
    pub on_hand: i64,
    pub reserved: i64,
    pub closed: bool,
    pub version: u64,
}

/// What the stock ledger says of one sku in one warehouse.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Movements {
    pub sku: String,
    pub warehouse: String,
    /// Of all entries.
    pub sum: i64,
    /// Of deliveries, counts and breakage.
    pub adjusted: i64,
    /// Of what was ever put in.
    pub put_in: i64,
    pub entries: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    pub id: ReservationId,
    pub order: OrderId,
    pub line: LineId,
    pub sku: String,
    pub warehouse: String,
    pub quantity: i64,
    pub state: String,
    /// Milliseconds since its time was up; negative before.
    pub overdue_ms: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    pub id: PaymentId,
    pub order: OrderId,
    pub method: String,
    pub state: String,
    pub version: u64,
    pub currency: String,
    pub amount_minor: i64,
    pub authorized_minor: i64,
    pub captured_minor: i64,
    pub refunded_minor: i64,
    pub refunding_minor: i64,
    pub age_ms: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    pub id: RefundId,
    pub payment: PaymentId,
    pub amount_minor: i64,
    pub state: String,
}

/// A message to a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub order: OrderId,
    pub kind: String,
}

/// What an aggregate's own table says of its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub subject: String,
    pub version: u64,
    /// So young that all its events are kept for sure.
    pub is_young: bool,
}

impl Order {
    pub fn is_cash(&self) -> bool {
        self.method == CASH
    }

    /// CONFIRMED or later.
    pub fn is_confirmed(&self) -> bool {
        matches!(self.status.as_str(), "CONFIRMED" | "SHIPPED" | "DELIVERED")
    }

    /// It ended without goods.
    pub fn has_ended(&self) -> bool {
        matches!(self.status.as_str(), "REJECTED" | "PAYMENT_FAILED" | "CANCELLED" | "EXPIRED")
    }
}

impl Payment {
    pub fn is_cash(&self) -> bool {
        self.method == CASH
    }

    /// The outcome is not known.
    pub fn is_open(&self) -> bool {
        is_open(&self.state)
    }

    /// Money of the buyer lies with us or is held for us.
    pub fn holds_money(&self) -> bool {
        self.captured_minor > self.refunded_minor || self.state == "AUTHORIZED"
    }
}

impl Reservation {
    pub fn occupies_stock(&self) -> bool {
        matches!(self.state.as_str(), "HELD" | "COMMITTED")
    }
}

/// Whether a payment in this state waits for its provider's answer.
pub fn is_open(state: &str) -> bool {
    matches!(state, "CREATED" | "PROCESSING" | "UNKNOWN")
}

const CASH: &str = "CASH_ON_DELIVERY";
