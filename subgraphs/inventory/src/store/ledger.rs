//! The stock ledger: appended to, never changed.

use chrono::{DateTime, Utc};
use souk_contracts::{OrderId, Sku};
use souk_subgraph::{Db, StoreError, Tx};

use crate::domain::ShelfKey;

/// A change of `on_hand` to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMovement<'a> {
    pub shelf: &'a ShelfKey,
    pub delta: i64,
    /// `ADJUSTED`, `COMMITTED` or `RESTOCKED`.
    pub kind: &'static str,
    pub reason: Option<&'a str>,
    pub order: Option<OrderId>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    pub sku: String,
    pub warehouse: String,
    pub delta: i64,
    pub kind: String,
    pub reason: Option<String>,
    pub at: DateTime<Utc>,
}

pub async fn append(tx: &mut Tx, new: &NewMovement<'_>) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO stock_ledger (sku, warehouse, delta, kind, reason, order_id) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(new.shelf.sku.as_str())
        .bind(&new.shelf.warehouse)
        .bind(new.delta)
        .bind(new.kind)
        .bind(new.reason)
        .bind(new.order.map(OrderId::uuid))
        .execute(tx)
        .await?;
    Ok(())
}

type Row = (String, String, i64, String, Option<String>, DateTime<Utc>);

/// The newest movements of a sku.
pub async fn newest(db: &Db, sku: &Sku, limit: u32) -> Result<Vec<Movement>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT sku, warehouse, delta, kind, reason, moved_at FROM stock_ledger
         WHERE sku = ?
         ORDER BY id DESC
         LIMIT ?",
    )
    .bind(sku.as_str())
    .bind(limit)
    .fetch_all(db.pool())
    .await?;
    let movement =
        |(sku, warehouse, delta, kind, reason, at): Row| Movement { sku, warehouse, delta, kind, reason, at };
    Ok(rows.into_iter().map(movement).collect())
}
