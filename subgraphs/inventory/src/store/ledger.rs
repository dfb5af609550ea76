//! The stock ledger: appended to, never changed.

use chrono::{DateTime, Utc};
use souk_contracts::{OrderId, Sku};
use souk_subgraph::{Db, StoreError, Tx};
use sqlx::QueryBuilder;

use crate::domain::ShelfKey;

/// A change of `on_hand` to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMovement {
    pub shelf: ShelfKey,
    pub delta: i64,
    /// `ADJUSTED`, `COMMITTED` or `RESTOCKED`.
    pub kind: &'static str,
    pub reason: Option<String>,
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

pub async fn append_all(tx: &mut Tx, movements: &[NewMovement]) -> Result<(), StoreError> {
    if movements.is_empty() {
        return Ok(());
    }
    let mut statement = QueryBuilder::new("INSERT INTO stock_ledger (sku, warehouse, delta, kind, reason, order_id) ");
    statement.push_values(movements, |mut row, new| {
        row.push_bind(new.shelf.sku.as_str()).push_bind(&new.shelf.warehouse).push_bind(new.delta);
        row.push_bind(new.kind).push_bind(&new.reason).push_bind(new.order.map(OrderId::uuid));
    });
    statement.build().execute(tx).await?;
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
