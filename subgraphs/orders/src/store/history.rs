//! The history of orders.

use std::collections::HashMap;

use souk_contracts::OrderId;
use souk_subgraph::{Db, StoreError};
use sqlx::{MySql, QueryBuilder};

use super::{push_list, rows::ChangeRow};
use crate::domain::Change;

/// The whole history of these orders, oldest first.
pub async fn of_orders(db: &Db, orders: &[OrderId]) -> Result<HashMap<OrderId, Vec<Change>>, StoreError> {
    let mut histories: HashMap<OrderId, Vec<Change>> = HashMap::new();
    if orders.is_empty() {
        return Ok(histories);
    }
    let mut statement = QueryBuilder::<MySql>::new(
        "SELECT order_id, version, from_status, to_status, payment_status, reason, at FROM order_history
         WHERE order_id IN (",
    );
    push_list(&mut statement, orders);
    statement.push(") ORDER BY order_id, version");
    let rows: Vec<ChangeRow> = statement.build_query_as().fetch_all(db.pool()).await?;
    for row in rows {
        histories.entry(OrderId(row.order_id)).or_default().push(row.change()?);
    }
    Ok(histories)
}

/// The changes of one order newer than `version`, oldest first.
pub async fn since(db: &Db, order: OrderId, version: u64) -> Result<Vec<Change>, StoreError> {
    let rows: Vec<ChangeRow> = sqlx::query_as(
        "SELECT order_id, version, from_status, to_status, payment_status, reason, at FROM order_history
         WHERE order_id = ? AND version > ?
         ORDER BY version",
    )
    .bind(order.uuid())
    .bind(version)
    .fetch_all(db.pool())
    .await?;
    rows.into_iter().map(ChangeRow::change).collect()
}
