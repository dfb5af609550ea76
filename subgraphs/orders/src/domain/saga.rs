//! The checkout as a persisted saga: which step is next, and how long a failed one waits.
//!
//! ```text
//! RESERVE ──held──> PAY ──customer must act──> AWAIT ──paid (told by payments)──> DONE
//!    │ short          │ paid ─────────────────────│───────────────────────────────> DONE
//!    └> DONE          └ declined ──> END <────────┘ window passed
//!       (REJECTED)                    │ stock and money given back: the end is written
//!                                     └> DONE ──money arrives late──> REFUND ──> DONE
//! ```

use std::{str::FromStr, time::Duration};

use souk_contracts::OrderId;

/// What the saga does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Hold the stock.
    Reserve,
    /// Start the payment, or ask how it stands.
    Pay,
    /// Wait for the customer until the payment window ends.
    Await,
    /// Give stock and money back, then write the end that the order heads for.
    End,
    /// Give money back that came for an order that had ended.
    Refund,
    Done,
}

/// A saga held under a lease. `version` is the fence: a write under another version does nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saga {
    pub order: OrderId,
    pub step: Step,
    pub version: u64,
    /// The payment attempt, from 1.
    pub attempt: u32,
    /// Failed tries of this step in a row.
    pub tries: u32,
    pub payment_token: Option<String>,
    /// Seconds since the step was entered: past a limit it gives up.
    pub step_age: Duration,
}

/// For how long stock can be counted on that inventory was asked for under a lease. It is reckoned from the lease's
/// beginning, which was before the question: however long the answer, its writing or the whole process took.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    pub sure_for: Duration,
    /// How long leases are.
    pub lease: Duration,
}

impl Counted {
    /// From the lease's end to the end of what can be counted on; negative when that comes first.
    pub fn micros_past_lease(self) -> i64 {
        let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX >> 8);
        micros(self.sure_for) - micros(self.lease)
    }
}

impl Step {
    pub const ALL: [Self; 6] = [Self::Reserve, Self::Pay, Self::Await, Self::End, Self::Refund, Self::Done];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reserve => "RESERVE",
            Self::Pay => "PAY",
            Self::Await => "AWAIT",
            Self::End => "END",
            Self::Refund => "REFUND",
            Self::Done => "DONE",
        }
    }
}

impl FromStr for Step {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|step| step.as_str() == text).ok_or_else(|| format!("unknown step {text:?}"))
    }
}

/// How long try number `tries` waits: 100 ms, doubled each time, at most 5 s.
pub fn back_off(tries: u32) -> Duration {
    Duration::from_millis(100 << tries.min(6)).min(Duration::from_secs(5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_ceiling() {
        let waits: Vec<_> = [0, 1, 3, 5, 6, 99].map(|tries| back_off(tries).as_millis()).into();
        assert_eq!(waits, [100, 200, 800, 3_200, 5_000, 5_000]);
    }

    #[test]
    fn stock_is_counted_on_from_the_beginning_of_the_lease() {
        let counted = |sure_s, lease_s| {
            Counted { sure_for: Duration::from_secs(sure_s), lease: Duration::from_secs(lease_s) }.micros_past_lease()
        };
        assert_eq!((counted(840, 12), counted(2, 12)), (828_000_000, -10_000_000));
    }
}
