//! What a provider is asked, and what its charge says about a question that is open.

use std::str::FromStr;

use super::charge::{Charge, ChargeStatus};

/// A kind of question. The name is part of the provider's idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Make the charge: authorise, or take at once for one-step methods.
    Charge,
    Capture,
    Void,
    Refund,
    /// Only look: in case no webhook tells what the customer did.
    Ask,
}

/// What a payment needs next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    Capture,
    Void,
    Refund { amount_minor: i64 },
    Ask,
}

/// How an open operation stands after the provider's charge was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Done,
    /// It can no longer happen.
    Overtaken,
    Open,
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Charge, Self::Capture, Self::Void, Self::Refund, Self::Ask];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Charge => "CHARGE",
            Self::Capture => "CAPTURE",
            Self::Void => "VOID",
            Self::Refund => "REFUND",
            Self::Ask => "ASK",
        }
    }

    /// Whether nothing else may be started while this is open.
    pub const fn blocks(self) -> bool {
        match self {
            Self::Charge | Self::Capture | Self::Void | Self::Refund => true,
            Self::Ask => false,
        }
    }

    /// `refund` is the reference of the refund that the operation is about.
    pub fn standing(self, refund: Option<&str>, charge: &Charge) -> Standing {
        use ChargeStatus::{Authorized, Captured, Failed, Processing, RequiresAction, Voided};
        match (self, &charge.status) {
            (Self::Charge, RequiresAction(_) | Authorized | Captured | Failed { .. } | Voided)
            | (Self::Capture, Captured)
            | (Self::Void, Voided)
            | (Self::Ask, Authorized | Captured | Failed { .. } | Voided) => Standing::Done,
            (Self::Refund, _) if refund.is_some_and(|id| charge.refunds.iter().any(|made| made == id)) => {
                Standing::Done
            }
            (Self::Capture, Failed { .. } | Voided) | (Self::Void, Captured | Failed { .. }) => Standing::Overtaken,
            (Self::Charge, Processing)
            | (Self::Capture | Self::Void, Processing | RequiresAction(_) | Authorized)
            | (Self::Refund, _)
            | (Self::Ask, Processing | RequiresAction(_)) => Standing::Open,
        }
    }
}

impl Next {
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Capture => Kind::Capture,
            Self::Void => Kind::Void,
            Self::Refund { .. } => Kind::Refund,
            Self::Ask => Kind::Ask,
        }
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| format!("unknown: {text:?}"))
    }
}
