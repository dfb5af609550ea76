//! Orders that ended before they held anything.

use souk_contracts::OrderId;
use souk_subgraph::{Db, StoreError, Tx};

/// Hours that an end is remembered: far longer than a hold can be on its way.
const KEPT_HOURS: u32 = 72;

/// Remembers an end; asked again, it changes nothing.
pub async fn insert(tx: &mut Tx, order: OrderId) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO ended_orders (order_id) VALUES (?) ON DUPLICATE KEY UPDATE order_id = order_id")
        .bind(order.uuid())
        .execute(tx)
        .await?;
    Ok(())
}

/// Deletes ends past their time, at most 1,000 a call.
pub async fn forget_old(db: &Db) -> Result<u64, StoreError> {
    let done = sqlx::query("DELETE FROM ended_orders WHERE ended_at < NOW(6) - INTERVAL ? HOUR LIMIT 1000")
        .bind(KEPT_HOURS)
        .execute(db.pool())
        .await?;
    Ok(done.rows_affected())
}
