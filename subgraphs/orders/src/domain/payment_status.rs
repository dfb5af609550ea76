//! The machine of an order's payment status.
//!
//! ```text
//! NONE ─authorize─> AUTHORIZED ─capture─> CAPTURED ─refund part─> PARTIALLY_REFUNDED ─refund─> REFUNDED
//!   └──────capture (one-step methods)───────^   └───────────────────refund────────────────────────^
//!                    AUTHORIZED ─void─> VOIDED
//! ```

use std::{fmt, str::FromStr};

/// What became of the money of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaymentStatus {
    None,
    Authorized,
    Captured,
    PartiallyRefunded,
    Refunded,
    Voided,
}

/// What may happen to the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaymentAction {
    Authorize,
    Capture,
    RefundPart,
    Refund,
    Void,
}

/// The machine has no such edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a payment that is {from} cannot become {to}")]
pub struct NoSuchPaymentEdge {
    pub from: PaymentStatus,
    pub to: PaymentStatus,
}

impl PaymentAction {
    pub const ALL: [Self; 5] = [Self::Authorize, Self::Capture, Self::RefundPart, Self::Refund, Self::Void];

    /// The status it leads to.
    pub const fn target(self) -> PaymentStatus {
        match self {
            Self::Authorize => PaymentStatus::Authorized,
            Self::Capture => PaymentStatus::Captured,
            Self::RefundPart => PaymentStatus::PartiallyRefunded,
            Self::Refund => PaymentStatus::Refunded,
            Self::Void => PaymentStatus::Voided,
        }
    }
}

impl PaymentStatus {
    pub const ALL: [Self; 6] =
        [Self::None, Self::Authorized, Self::Captured, Self::PartiallyRefunded, Self::Refunded, Self::Voided];

    /// The status after `action`.
    ///
    /// # Errors
    /// [`NoSuchPaymentEdge`].
    pub fn apply(self, action: PaymentAction) -> Result<Self, NoSuchPaymentEdge> {
        let allowed = match self {
            Self::None => matches!(action, PaymentAction::Authorize | PaymentAction::Capture),
            Self::Authorized => matches!(action, PaymentAction::Capture | PaymentAction::Void),
            Self::Captured => matches!(action, PaymentAction::RefundPart | PaymentAction::Refund),
            Self::PartiallyRefunded => matches!(action, PaymentAction::Refund),
            Self::Refunded | Self::Voided => false,
        };
        if allowed { Ok(action.target()) } else { Err(NoSuchPaymentEdge { from: self, to: action.target() }) }
    }

    /// The actions that lead from here to `target`, fewest first; none when it is reached or cannot be.
    pub fn path_to(self, target: Self) -> Vec<PaymentAction> {
        if self == target {
            return Vec::new();
        }
        let mut reached = vec![(self, Vec::new())];
        let mut next = 0;
        while let Some((from, path)) = reached.get(next).cloned() {
            next += 1;
            for action in PaymentAction::ALL {
                let Ok(to) = from.apply(action) else { continue };
                let path = [path.as_slice(), &[action]].concat();
                if to == target {
                    return path;
                }
                reached.push((to, path));
            }
        }
        Vec::new()
    }

    /// The name in the graph, in rows and in events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Authorized => "AUTHORIZED",
            Self::Captured => "CAPTURED",
            Self::PartiallyRefunded => "PARTIALLY_REFUNDED",
            Self::Refunded => "REFUNDED",
            Self::Voided => "VOIDED",
        }
    }
}

impl fmt::Display for PaymentStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for PaymentStatus {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| format!("unknown payment status {text:?}"))
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn the_machine_has_these_edges_and_no_other() {
        let mut table = String::new();
        for status in PaymentStatus::ALL {
            for action in PaymentAction::ALL {
                let next = status.apply(action).map_or("-".to_owned(), |next| next.to_string());
                writeln!(table, "{:18} {:10} -> {next}", status.as_str(), format!("{action:?}")).unwrap();
            }
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn a_status_is_reached_over_its_edges_only() {
        use PaymentAction::{Capture, Refund};
        assert_eq!(PaymentStatus::None.path_to(PaymentStatus::Refunded), [Capture, Refund]);
        assert_eq!(PaymentStatus::Refunded.path_to(PaymentStatus::Captured), []);
        assert_eq!(PaymentStatus::Captured.path_to(PaymentStatus::Captured), []);
    }
}
