//! The test tokens: what each makes the provider do.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::charge::Method;

/// A token that the shop got from the provider's own form; never a card number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Token {
    Ok,
    Declined,
    InsufficientFunds,
    ThreeDSecure,
    Slow,
    TimeoutAfter,
    TimeoutBefore,
    ErrorThenOk,
    FailedThenOk,
}

/// What becomes of a new charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Approved,
    Waits(ActionKind),
    Failed { code: &'static str, money_arrives_late: bool },
}

/// What the customer has to do; the names are on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActionKind {
    #[serde(rename = "3DS")]
    ThreeDSecure,
    #[serde(rename = "UPI_COLLECT")]
    UpiCollect,
    #[serde(rename = "REDIRECT")]
    Redirect,
}

/// What goes wrong on the first call with an idempotency key, before any work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstFault {
    Hang,
    ServerError,
}

/// How the answer of a charge that was made gets back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    AtOnce,
    Slowly,
    Never,
}

impl Token {
    pub fn outcome(self, method: Method) -> Outcome {
        match self {
            Self::Declined => Outcome::Failed { code: "declined", money_arrives_late: false },
            Self::InsufficientFunds => Outcome::Failed { code: "insufficient_funds", money_arrives_late: false },
            Self::FailedThenOk => Outcome::Failed { code: "bank_unavailable", money_arrives_late: true },
            Self::ThreeDSecure => Outcome::Waits(match method {
                Method::Card => ActionKind::ThreeDSecure,
                Method::Upi => ActionKind::UpiCollect,
                Method::Wallet | Method::NetBanking => ActionKind::Redirect,
            }),
            Self::Ok | Self::Slow | Self::TimeoutAfter | Self::TimeoutBefore | Self::ErrorThenOk => match method {
                Method::Card | Method::Wallet => Outcome::Approved,
                Method::Upi => Outcome::Waits(ActionKind::UpiCollect),
                Method::NetBanking => Outcome::Waits(ActionKind::Redirect),
            },
        }
    }

    pub fn first_fault(self) -> Option<FirstFault> {
        match self {
            Self::TimeoutBefore => Some(FirstFault::Hang),
            Self::ErrorThenOk => Some(FirstFault::ServerError),
            Self::Ok
            | Self::Declined
            | Self::InsufficientFunds
            | Self::ThreeDSecure
            | Self::Slow
            | Self::TimeoutAfter
            | Self::FailedThenOk => None,
        }
    }

    pub fn answer(self) -> Answer {
        match self {
            Self::Slow => Answer::Slowly,
            Self::TimeoutAfter => Answer::Never,
            Self::Ok
            | Self::Declined
            | Self::InsufficientFunds
            | Self::ThreeDSecure
            | Self::TimeoutBefore
            | Self::ErrorThenOk
            | Self::FailedThenOk => Answer::AtOnce,
        }
    }
}

impl FromStr for Token {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Ok(match text {
            "tok_ok" => Self::Ok,
            "tok_declined" => Self::Declined,
            "tok_insufficient_funds" => Self::InsufficientFunds,
            "tok_3ds" => Self::ThreeDSecure,
            "tok_slow" => Self::Slow,
            "tok_timeout_after" => Self::TimeoutAfter,
            "tok_timeout_before" => Self::TimeoutBefore,
            "tok_500_then_ok" => Self::ErrorThenOk,
            "tok_failed_then_ok" => Self::FailedThenOk,
            _ => return Err(()),
        })
    }
}
