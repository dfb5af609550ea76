//! What an order's status asks of its reservations.

use super::Action;

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
