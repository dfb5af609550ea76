//! A charge and what may happen to it. Pure: ids, secrets and time are arguments.
//!
//! ```text
//!           ┌────────────> failed ────────────┐ (late success)
//!  created ─┼─> requires_action ─> authorized ─┼─> captured (refunds, up to captured)
//!           └────────────> authorized ──> voided
//! ```

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use souk_contracts::CurrencyCode;

use crate::token::{ActionKind, Outcome};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Method {
    Card,
    Upi,
    Wallet,
    NetBanking,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    RequiresAction,
    Authorized,
    Captured,
    Failed,
    Voided,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    pub id: String,
    /// Rises by one with each change.
    pub version: u64,
    /// The shop's own id for it.
    pub reference: String,
    /// In the currency's minor unit, above 0.
    pub amount_minor: i64,
    pub currency: CurrencyCode,
    pub method: Method,
    /// Whether an approval takes the money at once.
    pub capture: bool,
    pub status: Status,
    /// 0 or the whole amount.
    pub captured_minor: i64,
    /// Never above `captured_minor`.
    pub refunded_minor: i64,
    pub failure_code: Option<String>,
    pub refunds: Vec<Refund>,
    pub action: Option<Action>,
    /// Where the customer's browser goes afterwards; an http or https url.
    pub return_url: Option<String>,
    /// When the money of a failed charge arrives after all.
    pub late_success_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    pub id: String,
    pub reference: String,
    pub amount_minor: i64,
    pub at: DateTime<Utc>,
}

/// The customer's step; the secret is the unguessable part of its url.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    pub kind: ActionKind,
    pub secret: String,
    pub expires_at: DateTime<Utc>,
}

/// What the shop asks for.
#[derive(Debug, Clone)]
pub struct Demand {
    pub reference: String,
    pub amount_minor: i64,
    pub currency: CurrencyCode,
    pub method: Method,
    pub capture: bool,
    pub return_url: Option<String>,
}

/// The ids and times that a new charge may need.
#[derive(Debug, Clone)]
pub struct Fresh {
    pub id: String,
    pub secret: String,
    pub now: DateTime<Utc>,
    pub action_expires_at: DateTime<Utc>,
    pub late_success_at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("a charge that is {} cannot be {done}", status_word(*.found))]
    Status { found: Status, done: &'static str },
    #[error("{asked_minor} is more than the {left_minor} that is left to refund")]
    TooMuch { asked_minor: i64, left_minor: i64 },
}

fn status_word(status: Status) -> &'static str {
    match status {
        Status::RequiresAction => "waiting for the customer",
        Status::Authorized => "authorized",
        Status::Captured => "captured",
        Status::Failed => "failed",
        Status::Voided => "voided",
    }
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Self::RequiresAction => "requires_action",
            Self::Authorized => "authorized",
            Self::Captured => "captured",
            Self::Failed => "failed",
            Self::Voided => "voided",
        }
    }
}

impl Charge {
    pub fn create(demand: Demand, outcome: Outcome, fresh: Fresh) -> Self {
        let mut charge = Self {
            id: fresh.id,
            version: 1,
            reference: demand.reference,
            amount_minor: demand.amount_minor,
            currency: demand.currency,
            method: demand.method,
            capture: demand.capture,
            status: Status::Failed,
            captured_minor: 0,
            refunded_minor: 0,
            failure_code: None,
            refunds: Vec::new(),
            action: None,
            return_url: demand.return_url,
            late_success_at: None,
            created_at: fresh.now,
        };
        match outcome {
            Outcome::Approved => charge.settle(),
            Outcome::Waits(kind) => {
                charge.status = Status::RequiresAction;
                charge.action = Some(Action { kind, secret: fresh.secret, expires_at: fresh.action_expires_at });
            }
            Outcome::Failed { code, money_arrives_late } => {
                charge.failure_code = Some(code.to_owned());
                charge.late_success_at = money_arrives_late.then_some(fresh.late_success_at);
            }
        }
        charge
    }

    /// The customer said yes.
    pub fn approve(mut self) -> Result<Self, Refusal> {
        self.expect(&[Status::RequiresAction], "approved")?;
        self.settle();
        Ok(self.next())
    }

    /// The customer said no, or nothing in time.
    pub fn decline(mut self, code: &str) -> Result<Self, Refusal> {
        self.expect(&[Status::RequiresAction], "declined")?;
        self.status = Status::Failed;
        self.failure_code = Some(code.to_owned());
        Ok(self.next())
    }

    pub fn capture(mut self) -> Result<Self, Refusal> {
        self.expect(&[Status::Authorized], "captured")?;
        self.status = Status::Captured;
        self.captured_minor = self.amount_minor;
        Ok(self.next())
    }

    /// Also for a charge that waits: the shop no longer wants it.
    pub fn void(mut self) -> Result<Self, Refusal> {
        self.expect(&[Status::Authorized, Status::RequiresAction], "voided")?;
        self.status = Status::Voided;
        Ok(self.next())
    }

    pub fn refund(mut self, refund: Refund) -> Result<Self, Refusal> {
        self.expect(&[Status::Captured], "refunded")?;
        let left = self.captured_minor - self.refunded_minor;
        if refund.amount_minor > left {
            return Err(Refusal::TooMuch { asked_minor: refund.amount_minor, left_minor: left });
        }
        self.refunded_minor += refund.amount_minor;
        self.refunds.push(refund);
        Ok(self.next())
    }

    /// The bank's money for a charge that was told to have failed.
    pub fn succeed_late(mut self) -> Result<Self, Refusal> {
        self.expect(&[Status::Failed], "paid late")?;
        self.status = Status::Captured;
        self.captured_minor = self.amount_minor;
        self.failure_code = None;
        self.late_success_at = None;
        Ok(self.next())
    }

    /// When time alone changes this charge.
    pub fn due_at(&self) -> Option<DateTime<Utc>> {
        match self.status {
            Status::RequiresAction => self.action.as_ref().map(|action| action.expires_at),
            Status::Failed => self.late_success_at,
            Status::Authorized | Status::Captured | Status::Voided => None,
        }
    }

    /// What time alone makes of it, once `due_at` has passed.
    pub fn come_due(self) -> Result<Self, Refusal> {
        match self.status {
            Status::RequiresAction => self.decline("action_expired"),
            Status::Failed => self.succeed_late(),
            Status::Authorized | Status::Captured | Status::Voided => {
                Err(Refusal::Status { found: self.status, done: "due" })
            }
        }
    }

    fn settle(&mut self) {
        self.status = if self.capture { Status::Captured } else { Status::Authorized };
        self.captured_minor = if self.capture { self.amount_minor } else { 0 };
    }

    fn expect(&self, allowed: &[Status], done: &'static str) -> Result<(), Refusal> {
        if allowed.contains(&self.status) { Ok(()) } else { Err(Refusal::Status { found: self.status, done }) }
    }

    fn next(mut self) -> Self {
        self.version += 1;
        self
    }
}
