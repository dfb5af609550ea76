//! What is worth telling, and how it is said. Pure.

use souk_contracts::events::OrderChanged;

/// The kinds of message, one of each an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Confirmed,
    Shipped,
    Cancelled,
}

/// A message about one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub kind: Kind,
    pub subject: String,
    pub body: String,
}

impl Kind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "ORDER_CONFIRMED",
            Self::Shipped => "ORDER_SHIPPED",
            Self::Cancelled => "ORDER_CANCELLED",
        }
    }

    fn of(status: &str) -> Option<Self> {
        match status {
            "CONFIRMED" => Some(Self::Confirmed),
            "SHIPPED" => Some(Self::Shipped),
            "CANCELLED" => Some(Self::Cancelled),
            _ => None,
        }
    }
}

/// The message that a change is worth; None for changes that nobody waits for.
pub fn message_for(change: &OrderChanged) -> Option<Message> {
    if change.previous_status.as_deref() == Some(change.status.as_str()) {
        return None;
    }
    let kind = Kind::of(&change.status)?;
    let (number, total) = (&change.number, change.total);
    let units: u32 = change.lines.iter().map(|line| line.quantity).sum();
    let items = if units == 1 { "1 item".to_owned() } else { format!("{units} items") };
    let (subject, body) = match kind {
        Kind::Confirmed => (
            format!("Order {number} is confirmed"),
            format!("Thank you for your order {number} ({items}, {total}). We will write again when it is on its way."),
        ),
        Kind::Shipped => {
            (format!("Order {number} is on its way"), format!("Your order {number} ({items}) has left our warehouse."))
        }
        Kind::Cancelled => (
            format!("Order {number} is cancelled"),
            format!(
                "Your order {number} ({items}, {total}) is cancelled. What was paid for it goes back the way it came."
            ),
        ),
    };
    Some(Message { kind, subject, body })
}

#[cfg(test)]
mod tests {
    use souk_contracts::{CurrencyCode, LineId, Money, OrderId, events::OrderLineBody};

    use super::*;

    fn change(previous: Option<&str>, status: &str) -> OrderChanged {
        OrderChanged {
            order_id: OrderId(uuid::Uuid::nil()),
            number: "S-1".into(),
            version: 3,
            customer_id: None,
            previous_status: previous.map(str::to_owned),
            status: status.into(),
            payment_status: "CAPTURED".into(),
            reason: None,
            lines: vec![OrderLineBody { line_id: LineId(uuid::Uuid::nil()), sku: "MUG".parse().unwrap(), quantity: 2 }],
            total: Money::new(1990, CurrencyCode::Eur),
            at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn confirmed_shipped_and_cancelled_are_told() {
        let message = message_for(&change(Some("RESERVED"), "CONFIRMED")).unwrap();
        assert_eq!(message.subject, "Order S-1 is confirmed");
        assert!(message.body.contains("2 items, 19.90 EUR"), "{}", message.body);
        assert_eq!(message_for(&change(Some("CONFIRMED"), "SHIPPED")).unwrap().kind, Kind::Shipped);
        assert_eq!(message_for(&change(Some("RESERVED"), "CANCELLED")).unwrap().kind, Kind::Cancelled);
    }

    #[test]
    fn a_change_of_the_payment_alone_is_not_told_again() {
        assert_eq!(message_for(&change(Some("CONFIRMED"), "CONFIRMED")), None);
        assert_eq!(message_for(&change(None, "PENDING")), None);
    }
}
