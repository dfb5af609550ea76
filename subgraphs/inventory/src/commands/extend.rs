//! Holding an order's units longer, while its payment takes its time.

use std::collections::BTreeSet;

use souk_contracts::OrderId;
use souk_subgraph::{StoreError, Tx, db::in_transaction};

use super::StockRoom;
use crate::{
    domain::ReservationState,
    store::{self, ReservationRow},
};

/// No hold lasts longer than this from its beginning, however often it is extended: 24 hours.
const CAP_SECONDS: u32 = 86_400;

/// True when every line of the order is still held.
///
/// # Errors
/// [`StoreError`].
pub async fn extend(room: &StockRoom, order: OrderId, ttl_seconds: u32) -> Result<bool, StoreError> {
    let rows = in_transaction(&room.db, |tx| Box::pin(extend_in(tx, order, ttl_seconds))).await?;
    Ok(!rows.is_empty() && rows.iter().all(|row| row.state == ReservationState::Held))
}

/// The same in a transaction of the caller's; gives the reservations as they stood before.
pub(super) async fn extend_in(
    tx: &mut Tx,
    order: OrderId,
    ttl_seconds: u32,
) -> Result<Vec<ReservationRow>, StoreError> {
    // The row locks keep the sweeper away between the two statements.
    let mut rows = store::reservations::lock_of_orders(tx, &BTreeSet::from([order])).await?;
    store::reservations::extend(tx, order, ttl_seconds, CAP_SECONDS).await?;
    Ok(rows.remove(&order).unwrap_or_default())
}
