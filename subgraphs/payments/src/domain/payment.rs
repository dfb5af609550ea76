//! A payment: its state with its amounts, and what each piece of news makes of it.

use chrono::{DateTime, Utc};
use souk_contracts::{CurrencyCode, CustomerId, Money, OrderId, PaymentId};

use super::{
    charge::{Charge, ChargeStatus},
    method::Method,
    operation::Next,
    state::{NextAction, Refusal, State, Step},
};

/// One try of an order to be paid. `refunded + refunding <= captured <= authorized <= amount` always holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    pub id: PaymentId,
    pub order_id: OrderId,
    /// From 1.
    pub attempt: u32,
    pub customer_id: Option<CustomerId>,
    pub method: Method,
    /// The provider's token; never a card number.
    pub token: Option<String>,
    pub amount: Money,
    pub state: State,
    /// Rises by one with each change that others see; 0 while only the intent is known.
    pub version: u64,
    pub authorized_minor: i64,
    pub captured_minor: i64,
    pub refunded_minor: i64,
    /// Reserved by refunds whose outcome is open.
    pub refunding_minor: i64,
    pub charge_id: Option<String>,
    /// Of the newest charge seen.
    pub charge_version: u64,
    /// Set once the order wants no money of this payment any more.
    pub cancel_reason: Option<String>,
    pub changed_at: DateTime<Utc>,
}

/// Why a change of a payment is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error(transparent)]
    State(#[from] Refusal),
    #[error("only {} can be refunded", Money::new(*.left_minor, *.currency))]
    TooMuch { left_minor: i64, currency: CurrencyCode },
    #[error("the payment is in {0}: refund it in that currency")]
    Currency(CurrencyCode),
    #[error("nothing was taken, so nothing can be refunded: the payment is {0}")]
    NothingTaken(&'static str),
}

impl Payment {
    /// What may still be refunded.
    pub const fn refundable_minor(&self) -> i64 {
        self.captured_minor - self.refunded_minor - self.refunding_minor
    }

    pub const fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.amount.currency)
    }

    pub const fn next_action(&self) -> Option<&NextAction> {
        match &self.state {
            State::RequiresAction(action) => Some(action),
            _ => None,
        }
    }

    pub fn failure_reason(&self) -> Option<&str> {
        match &self.state {
            State::Failed { reason } => Some(reason),
            _ => None,
        }
    }

    /// Whether a cancellation has nothing left to do: nothing is held, asked for or kept.
    pub fn is_cancelled(&self) -> bool {
        let settled = match &self.state {
            State::Failed { .. } | State::Voided => true,
            State::Captured => self.refunded_minor == self.captured_minor,
            State::Created | State::Processing | State::RequiresAction(_) | State::Authorized | State::Unknown => false,
        };
        self.cancel_reason.is_some() && settled
    }

    /// Takes a step and sets the amounts that follow from it.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn take(mut self, step: Step) -> Result<Self, Refusal> {
        self.state = self.state.take(step)?;
        match &self.state {
            State::Authorized => self.authorized_minor = self.amount.minor,
            State::Captured => {
                self.authorized_minor = self.amount.minor;
                self.captured_minor = self.amount.minor;
            }
            State::Created
            | State::Processing
            | State::RequiresAction(_)
            | State::Failed { .. }
            | State::Unknown
            | State::Voided => {}
        }
        Ok(self)
    }

    /// What the provider's charge makes of this payment; old news makes nothing of it.
    ///
    /// # Errors
    /// [`Refusal`] when the provider reports what cannot be.
    pub fn observe(mut self, charge: &Charge) -> Result<Self, Refusal> {
        if charge.version <= self.charge_version {
            return Ok(self);
        }
        self.charge_version = charge.version;
        self.charge_id = Some(charge.id.clone());
        match (&charge.status, &self.state) {
            // The charge's id is news; what becomes of it is not decided.
            (ChargeStatus::Processing, _)
            | (ChargeStatus::RequiresAction(_), State::RequiresAction(_))
            | (ChargeStatus::Authorized, State::Authorized)
            | (ChargeStatus::Captured, State::Captured)
            | (ChargeStatus::Failed { .. }, State::Failed { .. })
            | (ChargeStatus::Voided, State::Voided | State::Failed { .. }) => Ok(self),
            (ChargeStatus::RequiresAction(action), _) => self.take(Step::Ask(action.clone())),
            (ChargeStatus::Authorized, _) => self.take(Step::Authorize),
            (ChargeStatus::Captured, _) => self.take(Step::Capture),
            // A hold that lapsed, or that the bank took back, is given up like one that we gave up.
            (ChargeStatus::Failed { .. } | ChargeStatus::Voided, State::Authorized) => self.take(Step::Void),
            (ChargeStatus::Failed { reason }, _) => self.take(Step::Fail { reason: reason.clone() }),
            // Nothing was held yet, so there is nothing to void: the payment did not come to be.
            (ChargeStatus::Voided, _) => self.take(Step::Fail { reason: "cancelled".to_owned() }),
        }
    }

    /// News that cannot be taken counts as seen.
    pub const fn pass_over(mut self, charge: &Charge) -> Self {
        self.charge_version = charge.version;
        self
    }

    /// Reserves a refund that someone asks for.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn reserve_refund_of(self, amount: Money) -> Result<Self, Fault> {
        if amount.currency != self.amount.currency {
            return Err(Fault::Currency(self.amount.currency));
        }
        self.reserve_refund(amount.minor)
    }

    /// Reserves a refund in the payment's own currency.
    ///
    /// # Errors
    /// [`Fault::NothingTaken`] or [`Fault::TooMuch`].
    pub fn reserve_refund(mut self, amount_minor: i64) -> Result<Self, Fault> {
        if self.state != State::Captured {
            return Err(Fault::NothingTaken(self.state.name()));
        }
        let left_minor = self.refundable_minor();
        if amount_minor > left_minor {
            return Err(Fault::TooMuch { left_minor, currency: self.amount.currency });
        }
        self.refunding_minor += amount_minor;
        Ok(self)
    }

    /// A reserved refund was made.
    pub const fn settle_refund(mut self, amount_minor: i64) -> Self {
        self.refunding_minor -= amount_minor;
        self.refunded_minor += amount_minor;
        self
    }

    /// A reserved refund cannot be made.
    pub const fn drop_refund(mut self, amount_minor: i64) -> Self {
        self.refunding_minor -= amount_minor;
        self
    }

    /// What is to be asked of the provider next, when nothing is open.
    pub fn next(&self) -> Option<Next> {
        match (&self.state, self.cancel_reason.is_some()) {
            (State::RequiresAction(_) | State::Authorized, true) => Some(Next::Void),
            (State::RequiresAction(_), false) => Some(Next::Ask),
            (State::Authorized, false) if self.method.is_two_step() => Some(Next::Capture),
            (State::Captured, true) if self.refundable_minor() > 0 => {
                Some(Next::Refund { amount_minor: self.refundable_minor() })
            }
            (
                State::Created
                | State::Processing
                | State::Authorized
                | State::Captured
                | State::Failed { .. }
                | State::Unknown
                | State::Voided,
                _,
            ) => None,
        }
    }

    /// Whether others see a difference.
    pub fn differs(&self, before: &Self) -> bool {
        self.state != before.state
            || self.authorized_minor != before.authorized_minor
            || self.captured_minor != before.captured_minor
            || self.refunded_minor != before.refunded_minor
    }
}

#[cfg(test)]
#[path = "payment_tests.rs"]
mod tests;
