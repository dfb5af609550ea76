//! Ending an order's reservations: commit, release, expire, restock. Each is idempotent: what is done stays done.

use std::collections::BTreeMap;

use souk_contracts::OrderId;
use souk_process::failpoint;
use souk_subgraph::{StoreError, Tx, db::in_transaction, outbox::Outbox};

use super::{StockRoom, publish::publish};
use crate::{
    domain::{Action, Outcome, ReservationState, ShelfKey, StockEffect},
    store::{self, NewMovement, ReservationRow},
};

/// Applies `action` to every reservation of the order and tells where each stands afterwards.
///
/// # Errors
/// [`StoreError`]; then nothing was changed.
pub async fn settle(room: &StockRoom, order: OrderId, action: Action) -> Result<Vec<ReservationState>, StoreError> {
    let states = in_transaction(&room.db, |tx| Box::pin(settle_in(tx, &room.outbox, order, action))).await?;
    failpoint::hit_of("inventory.settle.committed", action.as_str());
    room.outbox.committed();
    Ok(states)
}

/// The same in a transaction of the caller's.
///
/// # Errors
/// [`StoreError`].
pub async fn settle_in(
    tx: &mut Tx,
    outbox: &Outbox,
    order: OrderId,
    action: Action,
) -> Result<Vec<ReservationState>, StoreError> {
    let mut rows = store::reservations::lock_of_order(tx, order).await?;
    if rows.is_empty() && action.ends_order() {
        // The hold may still be on its way. Written before looking again: the second of the two sees the first.
        store::ended_orders::insert(tx, order).await?;
        rows = store::reservations::lock_of_order(tx, order).await?;
    }
    let mut shifts: BTreeMap<ShelfKey, Shift> = BTreeMap::new();
    for row in &mut rows {
        // A reservation that was extended since it was found overdue is not expired.
        if action == Action::Expire && !row.overdue {
            continue;
        }
        match row.state.after(action) {
            Outcome::Moves { to, effect } => {
                store::reservations::set_state(tx, row.id, row.state, to).await?;
                shifts.entry(row.shelf.clone()).or_default().add(effect, row.quantity.into());
                row.state = to;
            }
            Outcome::Stays => {}
            Outcome::Refused => tell_refusal(order, row, action),
        }
    }
    for (shelf, shift) in &shifts {
        shift.apply(tx, shelf, order).await?;
    }
    let changed: Vec<_> = shifts.iter().map(|(shelf, shift)| (shelf, shift.change)).collect();
    publish(tx, outbox, &changed).await?;
    failpoint::hit_of("inventory.settle.uncommitted", action.as_str());
    Ok(rows.iter().map(|row| row.state).collect())
}

/// What the reservations of one stock row come to together: one update, so that its version rises once.
#[derive(Debug, Default)]
struct Shift {
    on_hand: i64,
    reserved: i64,
    /// What happened last; the name in the event.
    change: &'static str,
    ledger_kind: Option<&'static str>,
}

impl Shift {
    fn add(&mut self, effect: StockEffect, units: i64) {
        let (on_hand, reserved) = effect.deltas(units);
        self.on_hand += on_hand;
        self.reserved += reserved;
        self.change = effect.change();
        self.ledger_kind = effect.ledger_kind().or(self.ledger_kind);
    }

    async fn apply(&self, tx: &mut Tx, shelf: &ShelfKey, order: OrderId) -> Result<(), StoreError> {
        store::stock::shift(tx, shelf, (self.on_hand, self.reserved)).await?;
        let Some(kind) = self.ledger_kind else { return Ok(()) };
        let movement = NewMovement { shelf, delta: self.on_hand, kind, reason: None, order: Some(order) };
        store::ledger::append(tx, &movement).await
    }
}

/// A commit that found its units gone is the one that matters: the order was confirmed without its stock.
fn tell_refusal(order: OrderId, row: &ReservationRow, action: Action) {
    metrics::counter!("souk_reservation_refusals_total", "action" => action.as_str()).increment(1);
    let (action, state, sku) = (action.as_str(), row.state.as_str(), &row.shelf.sku);
    tracing::warn!(order.id = %order, "{action} of {order} came too late: {sku} is {state}");
}
