//! Statements on `cancellations`.

use souk_contracts::OrderId;
use souk_subgraph::{StoreError, Tx};

/// Stands for every attempt of an order.
pub const ALL_ATTEMPTS: u32 = 0;

/// Keeps the first reason when asked again.
pub async fn insert(tx: &mut Tx, order: OrderId, attempt: u32, reason: &str) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO cancellations (order_id, attempt, reason) VALUES (?, ?, ?)
         ON DUPLICATE KEY UPDATE reason = reason",
    )
    .bind(order.uuid())
    .bind(attempt)
    .bind(reason)
    .execute(tx)
    .await?;
    Ok(())
}

/// Waits for a cancellation that is being written: either it sees the payment, or the payment sees it.
pub async fn exists(tx: &mut Tx, order: OrderId, attempt: u32) -> Result<bool, StoreError> {
    let row: Option<(i32,)> =
        sqlx::query_as("SELECT 1 FROM cancellations WHERE order_id = ? AND attempt IN (?, ?) LIMIT 1 FOR UPDATE")
            .bind(order.uuid())
            .bind(ALL_ATTEMPTS)
            .bind(attempt)
            .fetch_optional(tx)
            .await?;
    Ok(row.is_some())
}
