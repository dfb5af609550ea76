//! Who may see and change an order.

use souk_contracts::identity::Principal;

use super::{Order, OrderAction, OrderStatus};

pub const READ: &str = "orders:read";
pub const WRITE: &str = "orders:write";

/// The owner, the holder of the order's guest token, or staff. To everyone else the order does not exist.
pub fn may_read(caller: &Principal, order: &Order) -> bool {
    caller.owns_order(order.id, order.customer) || caller.has_scope(READ) || caller.has_scope(WRITE)
}

/// The owner or the holder of the order's guest token.
pub fn owns(caller: &Principal, order: &Order) -> bool {
    caller.owns_order(order.id, order.customer)
}

/// The owner or staff who may change orders.
pub fn may_cancel(caller: &Principal, order: &Order) -> bool {
    owns(caller, order) || caller.has_scope(WRITE)
}

/// Where this caller may lead the order now. Nowhere while it is on its way to an end.
pub fn available_transitions(caller: &Principal, order: &Order) -> Vec<OrderStatus> {
    if order.ending.is_some() {
        return Vec::new();
    }
    let staff = caller.has_scope(WRITE);
    let offered =
        [(OrderAction::Ship, staff), (OrderAction::Deliver, staff), (OrderAction::Cancel, may_cancel(caller, order))];
    offered
        .into_iter()
        .filter(|(_, allowed)| *allowed)
        .filter_map(|(action, _)| order.status.apply(action).ok())
        .collect()
}
