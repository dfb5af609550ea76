//! The order's status machine. No other edge than these exists:
//!
//! ```text
//! PENDING ─reserve─> RESERVED ─await─> AWAITING_PAYMENT ─confirm─> CONFIRMED ─ship─> SHIPPED ─deliver─> DELIVERED
//!    │ reject           │ fail payment      │ fail payment, expire    │
//!    └ cancel           └ cancel            └ cancel                  └ cancel
//! ```
//!
//! A payment that succeeds at once passes through AWAITING_PAYMENT in the same transaction: what waits for nothing
//! is still a path of the machine.

use std::{fmt, str::FromStr};

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderStatus {
    Pending,
    Reserved,
    AwaitingPayment,
    Confirmed,
    Shipped,
    Delivered,
    Rejected,
    PaymentFailed,
    Cancelled,
    Expired,
}

/// What may be done with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderAction {
    Reserve,
    AwaitPayment,
    Confirm,
    Ship,
    Deliver,
    Reject,
    FailPayment,
    Cancel,
    Expire,
}

/// The machine has no such edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an order that is {from} cannot become {to}")]
pub struct NoSuchEdge {
    pub from: OrderStatus,
    pub to: OrderStatus,
}

impl OrderAction {
    pub const ALL: [Self; 9] = [
        Self::Reserve,
        Self::AwaitPayment,
        Self::Confirm,
        Self::Ship,
        Self::Deliver,
        Self::Reject,
        Self::FailPayment,
        Self::Cancel,
        Self::Expire,
    ];

    /// The status it leads to.
    pub const fn target(self) -> OrderStatus {
        match self {
            Self::Reserve => OrderStatus::Reserved,
            Self::AwaitPayment => OrderStatus::AwaitingPayment,
            Self::Confirm => OrderStatus::Confirmed,
            Self::Ship => OrderStatus::Shipped,
            Self::Deliver => OrderStatus::Delivered,
            Self::Reject => OrderStatus::Rejected,
            Self::FailPayment => OrderStatus::PaymentFailed,
            Self::Cancel => OrderStatus::Cancelled,
            Self::Expire => OrderStatus::Expired,
        }
    }
}

impl OrderStatus {
    pub const ALL: [Self; 10] = [
        Self::Pending,
        Self::Reserved,
        Self::AwaitingPayment,
        Self::Confirmed,
        Self::Shipped,
        Self::Delivered,
        Self::Rejected,
        Self::PaymentFailed,
        Self::Cancelled,
        Self::Expired,
    ];

    /// The status after `action`.
    ///
    /// # Errors
    /// [`NoSuchEdge`].
    pub fn apply(self, action: OrderAction) -> Result<Self, NoSuchEdge> {
        let allowed = match self {
            Self::Pending => matches!(action, OrderAction::Reserve | OrderAction::Reject | OrderAction::Cancel),
            Self::Reserved => {
                matches!(action, OrderAction::AwaitPayment | OrderAction::FailPayment | OrderAction::Cancel)
            }
            Self::AwaitingPayment => matches!(
                action,
                OrderAction::Confirm | OrderAction::FailPayment | OrderAction::Cancel | OrderAction::Expire
            ),
            Self::Confirmed => matches!(action, OrderAction::Ship | OrderAction::Cancel),
            Self::Shipped => matches!(action, OrderAction::Deliver),
            Self::Delivered | Self::Rejected | Self::PaymentFailed | Self::Cancelled | Self::Expired => false,
        };
        if allowed { Ok(action.target()) } else { Err(NoSuchEdge { from: self, to: action.target() }) }
    }

    /// The goods will not be sent: no stock may be held and no money kept.
    pub const fn has_ended(self) -> bool {
        match self {
            Self::Rejected | Self::PaymentFailed | Self::Cancelled | Self::Expired => true,
            Self::Pending
            | Self::Reserved
            | Self::AwaitingPayment
            | Self::Confirmed
            | Self::Shipped
            | Self::Delivered => false,
        }
    }

    /// The shop still works on the checkout by itself.
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Pending | Self::Reserved)
    }

    /// The parcel may still be sent elsewhere.
    pub const fn may_change_address(self) -> bool {
        matches!(self, Self::Pending | Self::Reserved | Self::AwaitingPayment | Self::Confirmed)
    }

    /// The name in the graph, in rows and in events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Reserved => "RESERVED",
            Self::AwaitingPayment => "AWAITING_PAYMENT",
            Self::Confirmed => "CONFIRMED",
            Self::Shipped => "SHIPPED",
            Self::Delivered => "DELIVERED",
            Self::Rejected => "REJECTED",
            Self::PaymentFailed => "PAYMENT_FAILED",
            Self::Cancelled => "CANCELLED",
            Self::Expired => "EXPIRED",
        }
    }
}

impl fmt::Display for OrderStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for OrderStatus {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| format!("unknown order status {text:?}"))
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn the_machine_has_these_edges_and_no_other() {
        let mut table = String::new();
        for status in OrderStatus::ALL {
            for action in OrderAction::ALL {
                let next = status.apply(action).map_or("-".to_owned(), |next| next.to_string());
                writeln!(table, "{:16} {:12} -> {next}", status.as_str(), format!("{action:?}")).unwrap();
            }
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn names_are_read_back() {
        for status in OrderStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
        }
        assert!("confirmed".parse::<OrderStatus>().is_err());
    }
}
