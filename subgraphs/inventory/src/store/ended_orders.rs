//! Orders that ended before they held anything.

use std::collections::BTreeSet;

use souk_contracts::OrderId;
use souk_subgraph::{Db, StoreError, Tx};
use sqlx::QueryBuilder;

/// Hours that an end is remembered: far longer than a hold can be on its way.
const KEPT_HOURS: u32 = 72;

/// Remembers these ends; asked again, it changes nothing.
pub async fn insert(tx: &mut Tx, orders: &BTreeSet<OrderId>) -> Result<(), StoreError> {
    let mut statement = QueryBuilder::new("INSERT INTO ended_orders (order_id) ");
    statement.push_values(orders, |mut row, order| {
        row.push_bind(order.uuid());
    });
    statement.push(" ON DUPLICATE KEY UPDATE order_id = order_id").build().execute(tx).await?;
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
