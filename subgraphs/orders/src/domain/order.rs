//! The order: what was bought, for how much, where to, and where it stands.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use souk_contracts::{CurrencyCode, CustomerId, LineId, Money, OrderId, PostalAddress, Quantity, Sku};

use super::{OrderAction, OrderStatus, PaymentStatus, Refusal, pricing::Totals};

/// How an order is paid; the graph's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PaymentMethod {
    Card,
    Upi,
    Wallet,
    NetBanking,
    CashOnDelivery,
}

/// One sku of an order, with price and title as they were when it was placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub id: LineId,
    pub sku: Sku,
    pub title: String,
    pub quantity: Quantity,
    pub unit_price: Money,
    /// `unit_price` times `quantity`.
    pub total: Money,
}

/// The end that an order is heading for: stock and money are being given back, then it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    pub action: OrderAction,
    pub reason: String,
}

/// An order, whole. Its invariants: `version` counts the changes of `status` and `payment_status`; `ending` is only
/// set while `status` has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub id: OrderId,
    /// For people: `SK-` and three groups of four.
    pub number: String,
    pub customer: Option<CustomerId>,
    /// In lower case; always there for guests.
    pub email: Option<String>,
    pub status: OrderStatus,
    pub payment_status: PaymentStatus,
    pub version: u64,
    pub ending: Option<Ending>,
    /// What the buyer was told when the order ended without goods; a replay tells it again.
    pub refusal: Option<Refusal>,
    pub lines: Vec<Line>,
    pub totals: Totals,
    pub payment_method: PaymentMethod,
    pub shipping_address: PostalAddress,
    pub tracking_number: Option<String>,
    pub placed_at: DateTime<Utc>,
}

/// What `Order::place` needs beside the clock and the ids.
#[derive(Debug, Clone)]
pub struct NewOrder {
    pub customer: Option<CustomerId>,
    pub email: Option<String>,
    pub lines: Vec<Line>,
    pub totals: Totals,
    pub payment_method: PaymentMethod,
    pub shipping_address: PostalAddress,
}

impl Order {
    /// A PENDING order at version 1.
    pub fn place(new: NewOrder, id: OrderId, placed_at: DateTime<Utc>) -> Self {
        Self {
            id,
            number: number_of(id),
            customer: new.customer,
            email: new.email,
            status: OrderStatus::Pending,
            payment_status: PaymentStatus::None,
            version: 1,
            ending: None,
            refusal: None,
            lines: new.lines,
            totals: new.totals,
            payment_method: new.payment_method,
            shipping_address: new.shipping_address,
            tracking_number: None,
            placed_at,
        }
    }

    pub fn currency(&self) -> CurrencyCode {
        self.totals.total.currency
    }

    /// Whether `action` may be begun now: an edge of the machine, and no other end is under way.
    ///
    /// # Errors
    /// [`Refusal::Ending`] or [`Refusal::InvalidTransition`].
    pub fn check(&self, action: OrderAction) -> Result<(), Refusal> {
        if let Some(ending) = &self.ending {
            return Err(Refusal::Ending(ending.action.target()));
        }
        self.status.apply(action)?;
        Ok(())
    }

    /// Sends the order towards an end. It keeps its status until stock and money are given back.
    ///
    /// # Errors
    /// As [`Order::check`].
    pub fn head_for(mut self, ending: Ending) -> Result<Self, Refusal> {
        self.check(ending.action)?;
        self.ending = Some(ending);
        Ok(self)
    }
}

/// The number is the id's random part, so it is made without asking anyone and tells nothing of how many orders
/// there are. 60 bits; the unique key refuses the unthinkable twin.
fn number_of(id: OrderId) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let bits = id.uuid().as_u128();
    let digits: String = (0..12).rev().map(|digit| char::from(DIGITS[(bits >> (digit * 5)) as usize & 31])).collect();
    format!("SK-{}-{}-{}", &digits[..4], &digits[4..8], &digits[8..])
}

impl PaymentMethod {
    pub const ALL: [Self; 5] = [Self::Card, Self::Upi, Self::Wallet, Self::NetBanking, Self::CashOnDelivery];

    /// The name in the graph, in rows and in calls.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Card => "CARD",
            Self::Upi => "UPI",
            Self::Wallet => "WALLET",
            Self::NetBanking => "NET_BANKING",
            Self::CashOnDelivery => "CASH_ON_DELIVERY",
        }
    }
}

impl fmt::Display for PaymentMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for PaymentMethod {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|method| method.as_str() == text)
            .ok_or_else(|| format!("unknown payment method {text:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_groups() {
        let number = number_of(OrderId(uuid::Uuid::from_u128(0xfff_0123_4567_89ab)));
        assert_eq!(number, "SK-ZZR1-4D2P-F2DB");
    }
}
