//! What orders says no to, in words and codes for people.

use souk_contracts::Sku;

use super::OrderStatus;

/// A refusal that the caller can do something about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// An input field that cannot be accepted.
    #[error("{message}")]
    Invalid { field: Vec<String>, message: String },
    #[error("{sku} is not on sale")]
    UnknownSku { line: usize, sku: String },
    #[error("not enough units of {} are available; nothing was reserved", join(.0))]
    OutOfStock(Vec<Sku>),
    #[error("the payment was declined ({0}); nothing was charged or reserved")]
    PaymentDeclined(String),
    /// No such order, or none that this caller may see.
    #[error("there is no order with this id that you may change")]
    NotFound,
    #[error("an order that is {from} cannot become {to}")]
    InvalidTransition { from: OrderStatus, to: OrderStatus },
    #[error("the order is on its way to {0}: nothing else can be done with it")]
    Ending(OrderStatus),
    #[error("an order that is {0} keeps its address")]
    AddressFixed(OrderStatus),
    #[error("this idempotency key was used with another input: use a fresh key for another intent")]
    KeyReused,
}

impl Refusal {
    /// About the input field at this path.
    pub fn invalid<S: Into<String>>(field: impl IntoIterator<Item = S>, message: impl Into<String>) -> Self {
        Self::Invalid { field: field.into_iter().map(Into::into).collect(), message: message.into() }
    }
}

impl From<super::status::NoSuchEdge> for Refusal {
    fn from(error: super::status::NoSuchEdge) -> Self {
        Self::InvalidTransition { from: error.from, to: error.to }
    }
}

fn join(skus: &[Sku]) -> String {
    skus.iter().map(Sku::as_str).collect::<Vec<_>>().join(", ")
}
