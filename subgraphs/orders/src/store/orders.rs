//! Reading orders, one or many, each with its lines: two statements however many there are.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use souk_contracts::OrderId;
use souk_subgraph::{Db, StoreError, Tx};
use sqlx::{MySql, QueryBuilder};
use uuid::Uuid;

use super::{
    lines, push_list,
    rows::{OrderRow, select_orders},
};
use crate::domain::Order;

/// The order as committed, or None.
pub async fn find(db: &Db, id: OrderId) -> Result<Option<Order>, StoreError> {
    let mut connection = db.pool().acquire().await?;
    let row: Option<OrderRow> =
        sqlx::query_as(select_orders!("WHERE id = ?")).bind(id.uuid()).fetch_optional(&mut *connection).await?;
    match row {
        Some(row) => Ok(Some(with_lines(&mut connection, row).await?)),
        None => Ok(None),
    }
}

/// The order with its row locked until the transaction ends. Everything that changes an order comes through here
/// or through [`version_locked`], before any other row of it.
pub async fn lock(tx: &mut Tx, id: OrderId) -> Result<Option<Order>, StoreError> {
    let row: Option<OrderRow> =
        sqlx::query_as(select_orders!("WHERE id = ? FOR UPDATE")).bind(id.uuid()).fetch_optional(&mut *tx).await?;
    match row {
        Some(row) => Ok(Some(with_lines(tx, row).await?)),
        None => Ok(None),
    }
}

/// Locks the rows of these orders, in the order of rows.
pub async fn lock_rows(tx: &mut Tx, ids: &BTreeSet<OrderId>) -> Result<(), StoreError> {
    let mut statement = QueryBuilder::<MySql>::new("SELECT id FROM orders WHERE id IN (");
    push_list(&mut statement, ids);
    statement.push(") ORDER BY id FOR UPDATE").build().execute(tx).await?;
    Ok(())
}

/// Locks the row and gives its version and whether an end is under way, for a caller that has the rest at hand.
pub async fn version_locked(tx: &mut Tx, id: OrderId) -> Result<Option<(u64, bool)>, StoreError> {
    let row: Option<(i64, bool)> =
        sqlx::query_as("SELECT version, ending IS NOT NULL FROM orders WHERE id = ? FOR UPDATE")
            .bind(id.uuid())
            .fetch_optional(tx)
            .await?;
    Ok(row.map(|(version, ending)| (version.unsigned_abs(), ending)))
}

/// The orders of these ids; those that do not exist are absent.
pub async fn by_ids(db: &Db, ids: &[OrderId]) -> Result<HashMap<OrderId, Order>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut statement = QueryBuilder::<MySql>::new(select_orders!("WHERE id IN ("));
    push_list(&mut statement, ids);
    statement.push(")");
    let rows: Vec<OrderRow> = statement.build_query_as().fetch_all(db.pool()).await?;
    assemble(db, rows).await.map(|orders| orders.into_iter().map(|order| (order.id, order)).collect())
}

/// Where a look stands: when an order last changed, and its id.
pub type Place = (DateTime<Utc>, OrderId);

/// Orders for which nothing is left to do, behind a place in the order of their last change.
pub async fn at_rest_from(db: &Db, (changed_at, id): Place, limit: u32) -> Result<Vec<Place>, StoreError> {
    let rows: Vec<(DateTime<Utc>, Uuid)> = sqlx::query_as(
        "SELECT o.changed_at, o.id
         FROM orders o
         JOIN sagas s ON s.order_id = o.id
         WHERE o.changed_at >= ? AND (o.changed_at > ? OR o.id > ?) AND s.next_run_at IS NULL
         ORDER BY o.changed_at, o.id
         LIMIT ?",
    )
    .bind(changed_at)
    .bind(changed_at)
    .bind(id.uuid())
    .bind(limit)
    .fetch_all(db.pool())
    .await?;
    Ok(rows.into_iter().map(|(changed_at, id)| (changed_at, OrderId(id))).collect())
}

/// Rows with their lines, in the order of the rows.
pub(super) async fn assemble(db: &Db, rows: Vec<OrderRow>) -> Result<Vec<Order>, StoreError> {
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut connection = db.pool().acquire().await?;
    let mut lines = lines::of_orders(&mut connection, &ids).await?;
    rows.into_iter()
        .map(|row| {
            let own = lines.remove(&row.id).unwrap_or_default();
            row.with_lines(own)
        })
        .collect()
}

async fn with_lines(tx: &mut Tx, row: OrderRow) -> Result<Order, StoreError> {
    let own = lines::of_orders(tx, &[row.id]).await?.remove(&row.id).unwrap_or_default();
    row.with_lines(own)
}
