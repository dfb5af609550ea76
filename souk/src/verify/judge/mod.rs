//! The invariants as pure functions: rows in, a finding out. None of them reads a database or a clock.

mod clients;
mod confirmed;
mod consumers;
mod emitted;
mod ended;
mod history;
mod keys;
mod ledger;
mod money;
mod overdue;
mod oversold;
#[cfg(test)]
pub mod samples;
mod stock;

use std::collections::HashMap;

use souk_contracts::OrderId;

pub use clients::{acknowledged_exists, subscriptions_rise};
pub use confirmed::confirmed_is_paid;
pub use consumers::{Consumers, consumers_agree};
pub use emitted::{Written, all_published};
pub use ended::ended_holds_nothing;
pub use history::history_is_a_path;
pub use keys::one_order_a_key;
pub use ledger::ledger_agrees;
pub use money::{Totals, amounts_in_order, capture_has_order};
pub use overdue::{Limits, nothing_overdue};
pub use oversold::nothing_oversold;
pub use stock::{adds_up, in_bounds, reserved_is_held};

/// Rows by the order that they belong to.
fn by_order<T>(rows: &[T], order: impl Fn(&T) -> OrderId) -> HashMap<OrderId, Vec<&T>> {
    let mut found: HashMap<OrderId, Vec<&T>> = HashMap::new();
    for row in rows {
        found.entry(order(row)).or_default().push(row);
    }
    found
}
