//! The state machine of a payment.
//!
//! ```text
//! CREATED ─> PROCESSING ─┬─> REQUIRES_ACTION ─┬─> AUTHORIZED ─┬─> CAPTURED
//!                        ├─> AUTHORIZED       ├─> CAPTURED    └─> VOIDED
//!                        ├─> CAPTURED         └─> FAILED ─────────> CAPTURED (late success)
//!                        ├─> FAILED
//!                        └─> UNKNOWN ─> REQUIRES_ACTION | AUTHORIZED | CAPTURED | FAILED
//! ```

use chrono::{DateTime, Utc};

/// Where a payment stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Known to nobody but this process.
    Created,
    /// The provider is being asked.
    Processing,
    /// The customer has to do something first.
    RequiresAction(NextAction),
    /// The provider holds the money for us.
    Authorized,
    /// The money is ours.
    Captured,
    /// Nothing was taken. `reason` is a short code, e.g. `declined`.
    Failed { reason: String },
    /// The provider was asked and did not answer; it is asked until it does.
    Unknown,
    /// The hold was given up.
    Voided,
}

/// What the customer has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextAction {
    /// `3DS`, `UPI_COLLECT` or `REDIRECT`.
    pub kind: String,
    pub url: String,
    pub expires_at: Option<DateTime<Utc>>,
}

/// What happens to a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The intent goes to the provider.
    Submit,
    /// The provider asks the customer.
    Ask(NextAction),
    Authorize,
    Capture,
    Fail {
        reason: String,
    },
    /// No answer in time.
    LoseSight,
    Void,
}

/// A step that the state does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a payment that is {from} cannot take the step {step}")]
pub struct Refusal {
    pub from: &'static str,
    pub step: &'static str,
}

impl State {
    /// As it stands in the graph and in the table.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Processing => "PROCESSING",
            Self::RequiresAction(_) => "REQUIRES_ACTION",
            Self::Authorized => "AUTHORIZED",
            Self::Captured => "CAPTURED",
            Self::Failed { .. } => "FAILED",
            Self::Unknown => "UNKNOWN",
            Self::Voided => "VOIDED",
        }
    }

    /// # Errors
    /// [`Refusal`] when the machine has no such edge.
    pub fn take(self, step: Step) -> Result<Self, Refusal> {
        let refusal = Refusal { from: self.name(), step: step.name() };
        match (self, step) {
            (Self::Created, Step::Submit) => Ok(Self::Processing),
            (Self::Processing, Step::LoseSight) => Ok(Self::Unknown),
            (Self::Processing | Self::Unknown, Step::Ask(action)) => Ok(Self::RequiresAction(action)),
            (Self::Processing | Self::Unknown | Self::RequiresAction(_), Step::Authorize) => Ok(Self::Authorized),
            (
                Self::Processing | Self::Unknown | Self::RequiresAction(_) | Self::Authorized | Self::Failed { .. },
                Step::Capture,
            ) => Ok(Self::Captured),
            (Self::Processing | Self::Unknown | Self::RequiresAction(_), Step::Fail { reason }) => {
                Ok(Self::Failed { reason })
            }
            (Self::Authorized, Step::Void) => Ok(Self::Voided),
            (
                Self::Created
                | Self::Processing
                | Self::RequiresAction(_)
                | Self::Authorized
                | Self::Captured
                | Self::Failed { .. }
                | Self::Unknown
                | Self::Voided,
                Step::Submit
                | Step::Ask(_)
                | Step::Authorize
                | Step::Capture
                | Step::Fail { .. }
                | Step::LoseSight
                | Step::Void,
            ) => Err(refusal),
        }
    }

    /// Whether this payment stands in the way of another one for the same order.
    pub const fn is_live(&self) -> bool {
        match self {
            Self::Created
            | Self::Processing
            | Self::RequiresAction(_)
            | Self::Authorized
            | Self::Captured
            | Self::Unknown => true,
            Self::Failed { .. } | Self::Voided => false,
        }
    }
}

impl Step {
    const fn name(&self) -> &'static str {
        match self {
            Self::Submit => "SUBMIT",
            Self::Ask(_) => "ASK",
            Self::Authorize => "AUTHORIZE",
            Self::Capture => "CAPTURE",
            Self::Fail { .. } => "FAIL",
            Self::LoseSight => "LOSE_SIGHT",
            Self::Void => "VOID",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn action() -> NextAction {
        NextAction { kind: "3DS".to_owned(), url: "https://bank.example".to_owned(), expires_at: None }
    }

    #[test]
    fn every_state_meets_every_step() {
        let reason = || "declined".to_owned();
        let states = [
            State::Created,
            State::Processing,
            State::RequiresAction(action()),
            State::Authorized,
            State::Captured,
            State::Failed { reason: reason() },
            State::Unknown,
            State::Voided,
        ];
        let steps = [
            Step::Submit,
            Step::Ask(action()),
            Step::Authorize,
            Step::Capture,
            Step::Fail { reason: reason() },
            Step::LoseSight,
            Step::Void,
        ];
        let mut table = String::from("|");
        for step in &steps {
            write!(table, "|{}", step.name()).unwrap();
        }
        for state in &states {
            write!(table, "\n|{}", state.name()).unwrap();
            for step in &steps {
                let after = state.clone().take(step.clone());
                write!(table, "|{}", after.as_ref().map_or("-", State::name)).unwrap();
            }
        }
        insta::assert_snapshot!(table);
    }
}
