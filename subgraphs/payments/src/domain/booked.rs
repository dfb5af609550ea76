//! A charge as the provider's book has it, held against the payment that it is of.

use souk_contracts::Money;

use super::{
    charge::{Charge, ChargeStatus},
    payment::Payment,
    state::State,
};

/// A charge with its amounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    pub charge: Charge,
    /// What was asked for.
    pub amount: Money,
    pub captured_minor: i64,
    pub refunded_minor: i64,
}

/// How a payment differs from its charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Difference {
    /// The payment knows another charge: the provider has two for one payment.
    Charge,
    /// The charge changed, and the payment did not hear of it.
    News,
    /// Both speak of the same version, and say different things.
    State,
    Amount,
    Captured,
    Refunded,
}

impl Difference {
    /// What a charge alone tells, without its amounts.
    pub const OF_CHARGES: [Self; 3] = [Self::Charge, Self::News, Self::State];
    pub const ALL: [Self; 6] = [Self::Charge, Self::News, Self::State, Self::Amount, Self::Captured, Self::Refunded];

    /// As it stands in the findings.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Charge => "payment-charged-twice",
            Self::News => "payment-missed-news",
            Self::State => "payment-state-differs",
            Self::Amount => "payment-amount-differs",
            Self::Captured => "payment-captured-differs",
            Self::Refunded => "payment-refunded-differs",
        }
    }

    /// Whether taking what the provider says may mend it. Amounts follow from states and refunds; where these agree and
    /// those do not, nothing explains it.
    pub const fn is_explained(self) -> bool {
        match self {
            Self::News | Self::State => true,
            Self::Charge | Self::Amount | Self::Captured | Self::Refunded => false,
        }
    }
}

impl Booked {
    /// The gravest difference of a payment for which nothing is under way; None when it is as the provider says, or
    /// knows more than this page of the book did.
    pub fn difference(&self, payment: &Payment) -> Option<Difference> {
        let of_charge = self.charge.difference(payment);
        if of_charge.is_some() || self.charge.version < payment.charge_version {
            return of_charge;
        }
        if self.amount != payment.amount {
            return Some(Difference::Amount);
        }
        if self.captured_minor != payment.captured_minor {
            return Some(Difference::Captured);
        }
        (self.refunded_minor != payment.refunded_minor).then_some(Difference::Refunded)
    }
}

impl Charge {
    /// The same for a charge whose amounts are not known.
    pub fn difference(&self, payment: &Payment) -> Option<Difference> {
        if payment.charge_id.as_ref().is_some_and(|known| *known != self.id) {
            return Some(Difference::Charge);
        }
        if self.version > payment.charge_version {
            return Some(Difference::News);
        }
        let is_same = self.version == payment.charge_version;
        (is_same && !says(&self.status, &payment.state)).then_some(Difference::State)
    }
}

/// Whether a charge of this status is what a payment in this state has.
fn says(status: &ChargeStatus, state: &State) -> bool {
    match status {
        ChargeStatus::Processing => matches!(state, State::Processing),
        ChargeStatus::RequiresAction(_) => matches!(state, State::RequiresAction(_)),
        ChargeStatus::Authorized => matches!(state, State::Authorized),
        ChargeStatus::Captured => matches!(state, State::Captured),
        // What was held and given up is VOIDED here, what never came to be is FAILED; providers name either.
        ChargeStatus::Failed { .. } | ChargeStatus::Voided => matches!(state, State::Failed { .. } | State::Voided),
    }
}

#[cfg(test)]
#[path = "booked_tests.rs"]
mod tests;
