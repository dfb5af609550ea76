//! Writing what changed of an order. The caller holds the row's lock or finds out by the compare-and-set.

use souk_contracts::{OrderId, PostalAddress};
use souk_subgraph::{StoreError, Tx};
use sqlx::{MySql, QueryBuilder, types::Json};

use super::rows::refusal_columns;
use crate::domain::{Change, Order, OrderStatus, Progress};

/// The order's new standing; false when the row has another version than the one it was made from.
pub async fn standing(tx: &mut Tx, progress: &Progress) -> Result<bool, StoreError> {
    let order = &progress.order;
    let (refusal_code, refusal_detail) = refusal_columns(order.refusal.as_ref());
    let done = sqlx::query(
        "UPDATE orders
         SET status = ?, payment_status = ?, version = ?, ending = ?, ending_reason = ?,
             refusal_code = ?, refusal_detail = ?, tracking_number = ?
         WHERE id = ? AND version = ?",
    )
    .bind(order.status.as_str())
    .bind(order.payment_status.as_str())
    .bind(order.version)
    .bind(order.ending.as_ref().map(|ending| ending.action.target().as_str()))
    .bind(order.ending.as_ref().map(|ending| cut(&ending.reason)))
    .bind(refusal_code)
    .bind(refusal_detail)
    .bind(&order.tracking_number)
    .bind(order.id.uuid())
    .bind(progress.base_version)
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The history rows of these changes, with one statement.
pub async fn history(tx: &mut Tx, order: &Order, changes: &[Change]) -> Result<(), StoreError> {
    if changes.is_empty() {
        return Ok(());
    }
    let mut statement = QueryBuilder::<MySql>::new(
        "INSERT INTO order_history (order_id, version, from_status, to_status, payment_status, reason, at) ",
    );
    statement.push_values(changes, |mut row, change| {
        row.push_bind(order.id.uuid())
            .push_bind(change.version)
            .push_bind(change.from.map(OrderStatus::as_str))
            .push_bind(change.to.as_str())
            .push_bind(change.payment_status.as_str())
            .push_bind(change.reason.as_deref().map(cut))
            .push_bind(change.at);
    });
    statement.build().execute(tx).await?;
    Ok(())
}

/// Another address; the caller has checked that the order may still change it and holds the row's lock.
pub async fn address(tx: &mut Tx, order: OrderId, address: &PostalAddress) -> Result<(), StoreError> {
    sqlx::query("UPDATE orders SET shipping_address = ? WHERE id = ?")
        .bind(Json(address))
        .bind(order.uuid())
        .execute(tx)
        .await?;
    Ok(())
}

/// What fits into the column; reasons are for reading.
fn cut(reason: &str) -> String {
    reason.chars().take(255).collect()
}
