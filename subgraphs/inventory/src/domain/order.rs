//! What an order's status asks of its reservations.

use super::{Action, ReservationState};

/// None for a status that leaves them as they are. Names are the graph's; one that this build does not know asks
/// for nothing.
pub fn action_of_status(status: &str) -> Option<Action> {
    match status {
        "CONFIRMED" | "SHIPPED" | "DELIVERED" => Some(Action::Commit),
        "REJECTED" | "PAYMENT_FAILED" | "EXPIRED" => Some(Action::Release),
        // After CONFIRMED the units come back; before it they are only held, which Restock releases.
        "CANCELLED" => Some(Action::Restock),
        _ => None,
    }
}

/// What becomes of a held reservation whose time is up, by where its order stands; None: there is no such order.
pub fn action_when_overdue(status: Option<&str>) -> Action {
    // Orders confirms nothing that it cannot count on any more, so what is not confirmed by now never will be.
    status.and_then(action_of_status).unwrap_or(Action::Expire)
}

/// How the reservations of an order stand to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// As they should be, or on their way there.
    Right,
    /// `action` may mend it; None: nothing can.
    Differs { kind: &'static str, action: Option<Action> },
}

/// Holds reservations against the status of their order; None: there is no such order.
pub fn standing_of(status: Option<&str>, reservations: &[ReservationState]) -> Standing {
    use ReservationState::{Committed, Expired, Held};
    let has = |state| reservations.contains(&state);
    let Some(status) = status else {
        // What is held for it ends with its time.
        return if has(Committed) { differs("units-without-order", None) } else { Standing::Right };
    };
    let Some(action) = action_of_status(status) else { return Standing::Right };
    match action {
        Action::Commit if has(Held) => differs("units-not-committed", Some(action)),
        // A cancellation gives the units back before its order says so, and may wait long for the money.
        Action::Commit if status == "CONFIRMED" && !has(Expired) => Standing::Right,
        // Given away meanwhile: there is nothing to commit any more.
        Action::Commit if reservations.iter().any(|state| *state != Committed) => {
            differs("confirmed-without-units", None)
        }
        Action::Release | Action::Restock if has(Held) => differs("units-not-released", Some(action)),
        Action::Restock if has(Committed) => differs("units-not-restocked", Some(action)),
        Action::Release if has(Committed) => differs("units-of-ended-order", None),
        Action::Commit | Action::Release | Action::Restock | Action::Expire => Standing::Right,
    }
}

const fn differs(kind: &'static str, action: Option<Action>) -> Standing {
    Standing::Differs { kind, action }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_of_an_order_meets_every_state_of_a_reservation() {
        use std::fmt::Write as _;
        let statuses = ["PENDING", "CONFIRMED", "SHIPPED", "PAYMENT_FAILED", "CANCELLED", "SOMETHING_NEW"];
        let mut table = String::from("|");
        for state in ReservationState::ALL {
            write!(table, "|{}", state.as_str()).unwrap();
        }
        for status in [None].into_iter().chain(statuses.map(Some)) {
            write!(table, "\n|{}", status.unwrap_or("no such order")).unwrap();
            for state in ReservationState::ALL {
                match standing_of(status, &[state]) {
                    Standing::Right => write!(table, "|-").unwrap(),
                    Standing::Differs { kind, action } => {
                        write!(table, "|{kind}: {}", action.map_or("nothing", Action::as_str)).unwrap();
                    }
                }
            }
        }
        insta::assert_snapshot!(table);
    }
}
