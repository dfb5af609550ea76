//! A payment as payments tells of it, and what it means for its order.

use std::str::FromStr;

use souk_contracts::{Money, OrderId, PaymentId};

use super::{PaymentAction, PaymentMethod, PaymentStatus};

pub use super::verdict::{Verdict, lacks_payment, verdict};

/// The state of a payment; the graph's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaymentState {
    Created,
    Processing,
    RequiresAction,
    Authorized,
    Captured,
    Failed,
    Unknown,
    Voided,
}

/// What is known of a payment at one of its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentFact {
    pub payment: PaymentId,
    pub order: OrderId,
    /// Which try of the order it is; an event does not tell.
    pub attempt: Option<u32>,
    pub version: u64,
    pub state: PaymentState,
    pub authorized: Money,
    pub captured: Money,
    pub refunded: Money,
    pub failure_reason: Option<String>,
}

impl PaymentState {
    pub const ALL: [Self; 8] = [
        Self::Created,
        Self::Processing,
        Self::RequiresAction,
        Self::Authorized,
        Self::Captured,
        Self::Failed,
        Self::Unknown,
        Self::Voided,
    ];

    /// The outcome is open and nobody but the provider can change that.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Created | Self::Processing | Self::Unknown)
    }

    /// The name in the graph, in rows, in events and in calls.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Processing => "PROCESSING",
            Self::RequiresAction => "REQUIRES_ACTION",
            Self::Authorized => "AUTHORIZED",
            Self::Captured => "CAPTURED",
            Self::Failed => "FAILED",
            Self::Unknown => "UNKNOWN",
            Self::Voided => "VOIDED",
        }
    }
}

impl FromStr for PaymentState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| format!("unknown payment state {text:?}"))
    }
}

impl PaymentFact {
    /// What the order's payment status says when this is true.
    pub fn status(&self) -> PaymentStatus {
        if self.captured.minor > 0 {
            return match self.refunded.minor {
                0 => PaymentStatus::Captured,
                part if part < self.captured.minor => PaymentStatus::PartiallyRefunded,
                _ => PaymentStatus::Refunded,
            };
        }
        match self.state {
            PaymentState::Authorized => PaymentStatus::Authorized,
            PaymentState::Voided => PaymentStatus::Voided,
            PaymentState::Created
            | PaymentState::Processing
            | PaymentState::RequiresAction
            | PaymentState::Captured
            | PaymentState::Failed
            | PaymentState::Unknown => PaymentStatus::None,
        }
    }

    /// Money of the buyer lies with us, or is held for us.
    pub fn holds_money(&self) -> bool {
        self.captured.minor > self.refunded.minor || self.state == PaymentState::Authorized
    }

    /// Nothing is held or kept, and nothing more can come by the ordinary way.
    pub fn is_given_back(&self) -> bool {
        let at_rest = matches!(self.state, PaymentState::Failed | PaymentState::Voided | PaymentState::Captured);
        at_rest && !self.holds_money()
    }

    /// The payment that lets an order of this total and method go ahead: all of it, taken; or promised, when it is
    /// to be paid at the door.
    pub(super) fn pays(&self, total: Money, method: PaymentMethod) -> Option<PaymentAction> {
        if self.captured == total && self.refunded.minor == 0 {
            return Some(PaymentAction::Capture);
        }
        let promised = method == PaymentMethod::CashOnDelivery && self.state == PaymentState::Authorized;
        (promised && self.authorized == total).then_some(PaymentAction::Authorize)
    }
}
