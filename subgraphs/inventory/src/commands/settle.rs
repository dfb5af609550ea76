//! Ending an order's reservations: commit, release, expire, restock. Each is idempotent: what is done stays done.

use std::collections::{BTreeMap, BTreeSet};

use souk_contracts::OrderId;
use souk_process::failpoint;
use souk_subgraph::{StoreError, Tx, db::in_transaction, outbox::Outbox};

use super::{StockRoom, publish::publish};
use crate::{
    domain::{Action, Outcome, ReservationState, ShelfKey, StockEffect},
    store::{self, NewMovement, ReservationRow, reservations::Reservations},
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
    let mut rows = settle_all_in(tx, outbox, &[(order, action)]).await?;
    Ok(rows.remove(&order).unwrap_or_default().iter().map(|row| row.state).collect())
}

/// Applies actions of several orders as if one came after the other: a stock row that many of them move is written once,
/// and the rows of all are locked in the order of rows. Gives the reservations afterwards.
///
/// # Errors
/// [`StoreError`].
pub async fn settle_all_in(
    tx: &mut Tx,
    outbox: &Outbox,
    actions: &[(OrderId, Action)],
) -> Result<Reservations, StoreError> {
    let mut reservations = locked(tx, actions).await?;
    let (mut moves, mut shifts) = (Vec::new(), Shifts::default());
    for (order, rows) in &mut reservations {
        let actions: Vec<Action> = actions.iter().filter(|(of, _)| of == order).map(|(_, action)| *action).collect();
        for row in rows {
            let before = row.state;
            for action in &actions {
                act(*order, row, *action, &mut shifts);
            }
            if row.state != before {
                moves.push((row.id, before, row.state));
            }
        }
    }
    store::reservations::set_states(tx, &moves).await?;
    for (shelf, shift) in &shifts.rows {
        store::stock::shift(tx, shelf, (shift.on_hand, shift.reserved)).await?;
    }
    store::ledger::append_all(tx, &shifts.ledger).await?;
    let changed: Vec<_> = shifts.rows.iter().map(|(shelf, shift)| (shelf, shift.change)).collect();
    publish(tx, outbox, &changed).await?;
    for (_, action) in actions {
        failpoint::hit_of("inventory.settle.uncommitted", action.as_str());
    }
    Ok(reservations)
}

/// The orders' reservations under their locks.
async fn locked(tx: &mut Tx, actions: &[(OrderId, Action)]) -> Result<Reservations, StoreError> {
    let orders: BTreeSet<OrderId> = actions.iter().map(|(order, _)| *order).collect();
    let mut reservations = store::reservations::lock_of_orders(tx, &orders).await?;
    let ended = actions.iter().filter(|(order, action)| action.ends_order() && !reservations.contains_key(order));
    let ended: BTreeSet<OrderId> = ended.map(|(order, _)| *order).collect();
    if !ended.is_empty() {
        // The hold may still be on its way. Written before looking again: the second of the two sees the first.
        store::ended_orders::insert(tx, &ended).await?;
        reservations.extend(store::reservations::lock_of_orders(tx, &ended).await?);
    }
    Ok(reservations)
}

fn act(order: OrderId, row: &mut ReservationRow, action: Action, shifts: &mut Shifts) {
    // A reservation that was extended since it was found overdue is not expired.
    if action == Action::Expire && !row.overdue {
        return;
    }
    match row.state.after(action) {
        Outcome::Moves { to, effect } => {
            shifts.add(order, &row.shelf, effect, row.quantity.into());
            row.state = to;
        }
        Outcome::Stays => {}
        Outcome::Refused => tell_refusal(order, row, action),
    }
}

/// What reservations that end do to the stock.
#[derive(Debug, Default)]
struct Shifts {
    /// What those of one stock row come to together: one update, so that its version rises once.
    rows: BTreeMap<ShelfKey, Shift>,
    /// An entry an order, stock row and kind.
    ledger: Vec<NewMovement>,
}

#[derive(Debug, Default)]
struct Shift {
    on_hand: i64,
    reserved: i64,
    /// What happened to the last of the orders; the name in the event.
    change: &'static str,
}

impl Shifts {
    fn add(&mut self, order: OrderId, shelf: &ShelfKey, effect: StockEffect, units: i64) {
        let (on_hand, reserved) = effect.deltas(units);
        let shift = self.rows.entry(shelf.clone()).or_default();
        shift.on_hand += on_hand;
        shift.reserved += reserved;
        shift.change = effect.change();
        let Some(kind) = effect.ledger_kind() else { return };
        let same = |entry: &&mut NewMovement| entry.order == Some(order) && entry.kind == kind && entry.shelf == *shelf;
        match self.ledger.iter_mut().find(same) {
            Some(entry) => entry.delta += on_hand,
            None => self.ledger.push(NewMovement {
                shelf: shelf.clone(),
                delta: on_hand,
                kind,
                reason: None,
                order: Some(order),
            }),
        }
    }
}

/// A commit that found its units gone is the one that matters: the order was confirmed without its stock.
fn tell_refusal(order: OrderId, row: &ReservationRow, action: Action) {
    metrics::counter!("souk_reservation_refusals_total", "action" => action.as_str()).increment(1);
    let (action, state, sku) = (action.as_str(), row.state.as_str(), &row.shelf.sku);
    tracing::warn!(order.id = %order, "{action} of {order} came too late: {sku} is {state}");
}
