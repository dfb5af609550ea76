//! Stock rows.

use std::collections::HashMap;

use souk_contracts::Sku;
use souk_subgraph::{Db, StoreError, Tx, db::Violation};
use sqlx::QueryBuilder;

use super::push_list;
use crate::domain::{Available, ShelfKey};

/// The most that a row may hold: a count fits the graph's Int.
pub const ON_HAND_MAX: i64 = 1_000_000_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockRow {
    pub shelf: ShelfKey,
    pub on_hand: i64,
    pub reserved: i64,
    pub closed: bool,
    pub version: u64,
}

impl StockRow {
    /// Units that can be reserved; none of a product that is no longer sold.
    pub const fn available(&self) -> i64 {
        if self.closed { 0 } else { self.on_hand - self.reserved }
    }
}

type Row = (String, String, i64, i64, bool, i64);

const SELECT: &str = "SELECT sku, warehouse, on_hand, reserved, closed, version FROM stock WHERE ";

fn read((sku, warehouse, on_hand, reserved, closed, version): Row) -> Result<StockRow, StoreError> {
    let shelf = shelf(&sku, warehouse)?;
    Ok(StockRow { shelf, on_hand, reserved, closed, version: version.unsigned_abs() })
}

pub(super) fn shelf(sku: &str, warehouse: String) -> Result<ShelfKey, StoreError> {
    let sku = sku.parse().map_err(|error| StoreError::bad_row("stock", "sku", sku, error))?;
    Ok(ShelfKey { sku, warehouse })
}

/// What can be reserved of these skus, read without a lock.
pub async fn available(tx: &mut Tx, skus: &[Sku]) -> Result<Vec<Available>, StoreError> {
    let mut statement =
        QueryBuilder::new("SELECT sku, warehouse, on_hand - reserved FROM stock WHERE closed = FALSE AND sku IN (");
    push_list(&mut statement, skus.iter().map(|sku| sku.as_str().to_owned()));
    let rows: Vec<(String, String, i64)> = statement.push(")").build_query_as().fetch_all(tx).await?;
    rows.into_iter().map(|(sku, warehouse, units)| Ok(Available { shelf: shelf(&sku, warehouse)?, units })).collect()
}

/// Sets units aside; false when there are not enough.
pub async fn reserve(tx: &mut Tx, shelf: &ShelfKey, units: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE stock
         SET reserved = reserved + ?, version = version + 1
         WHERE sku = ? AND warehouse = ? AND closed = FALSE AND on_hand - reserved >= ?",
    )
    .bind(units)
    .bind(shelf.sku.as_str())
    .bind(&shelf.warehouse)
    .bind(units)
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Moves a row by what became of reservations.
pub async fn shift(tx: &mut Tx, shelf: &ShelfKey, (on_hand, reserved): (i64, i64)) -> Result<(), StoreError> {
    let done = sqlx::query(
        "UPDATE stock
         SET on_hand = on_hand + ?, reserved = reserved + ?, version = version + 1
         WHERE sku = ? AND warehouse = ?",
    )
    .bind(on_hand)
    .bind(reserved)
    .bind(shelf.sku.as_str())
    .bind(&shelf.warehouse)
    .execute(tx)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Lost { what: format!("stock of {}", shelf.sku) }) }
}

/// Corrects what is on hand; false when there is no such row, or it would fall below what is reserved, or rise
/// above the ceiling.
pub async fn adjust(tx: &mut Tx, shelf: &ShelfKey, delta: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE stock
         SET on_hand = on_hand + ?, version = version + 1
         WHERE sku = ? AND warehouse = ? AND on_hand + ? >= reserved AND on_hand + ? <= ?",
    )
    .bind(delta)
    .bind(shelf.sku.as_str())
    .bind(&shelf.warehouse)
    .bind(delta)
    .bind(delta)
    .bind(ON_HAND_MAX)
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Inserts an empty row at version 1; false when there is one.
pub async fn open(tx: &mut Tx, shelf: &ShelfKey, closed: bool) -> Result<bool, StoreError> {
    let inserted = sqlx::query("INSERT INTO stock (sku, warehouse, closed, version) VALUES (?, ?, ?, 1)")
        .bind(shelf.sku.as_str())
        .bind(&shelf.warehouse)
        .bind(closed)
        .execute(tx)
        .await
        .map_err(StoreError::from);
    match inserted {
        Ok(_) => Ok(true),
        Err(error) if error.violation() == Some(Violation::Unique("PRIMARY".to_owned())) => Ok(false),
        Err(error) => Err(error),
    }
}

pub async fn set_closed(tx: &mut Tx, shelf: &ShelfKey, closed: bool) -> Result<(), StoreError> {
    sqlx::query("UPDATE stock SET closed = ?, version = version + 1 WHERE sku = ? AND warehouse = ?")
        .bind(closed)
        .bind(shelf.sku.as_str())
        .bind(&shelf.warehouse)
        .execute(tx)
        .await?;
    Ok(())
}

/// Rows of these skus under their locks, in the order of rows.
pub async fn lock_of_skus(tx: &mut Tx, skus: &[Sku]) -> Result<Vec<StockRow>, StoreError> {
    let mut statement = QueryBuilder::new(SELECT);
    statement.push("sku IN (");
    push_list(&mut statement, skus.iter().map(|sku| sku.as_str().to_owned()));
    let rows: Vec<Row> = statement.push(") ORDER BY sku, warehouse FOR UPDATE").build_query_as().fetch_all(tx).await?;
    rows.into_iter().map(read).collect()
}

/// Some rows as they stand in this transaction, in the order of rows.
pub async fn of_shelves(tx: &mut Tx, shelves: &[&ShelfKey]) -> Result<Vec<StockRow>, StoreError> {
    let mut statement = QueryBuilder::new(SELECT);
    statement.push("(sku, warehouse) IN (");
    for (index, shelf) in shelves.iter().enumerate() {
        statement.push(if index == 0 { "(" } else { ", (" });
        statement.push_bind(shelf.sku.as_str().to_owned()).push(", ");
        statement.push_bind(shelf.warehouse.clone()).push(")");
    }
    let rows: Vec<Row> = statement.push(") ORDER BY sku, warehouse").build_query_as().fetch_all(tx).await?;
    rows.into_iter().map(read).collect()
}

/// All rows of these skus.
pub async fn of_skus(db: &Db, skus: &[Sku]) -> Result<Vec<StockRow>, StoreError> {
    let mut statement = QueryBuilder::new(SELECT);
    statement.push("sku IN (");
    push_list(&mut statement, skus.iter().map(|sku| sku.as_str().to_owned()));
    let rows: Vec<Row> = statement.push(") ORDER BY sku, warehouse").build_query_as().fetch_all(db.pool()).await?;
    rows.into_iter().map(read).collect()
}

/// What one order line of each sku can get: the most available of one warehouse. Skus without a row are absent.
pub async fn availability(db: &Db, skus: &[Sku]) -> Result<HashMap<Sku, i64>, StoreError> {
    let mut statement = QueryBuilder::new(
        "SELECT sku, MAX(CASE WHEN closed THEN 0 ELSE on_hand - reserved END) FROM stock WHERE sku IN (",
    );
    push_list(&mut statement, skus.iter().map(|sku| sku.as_str().to_owned()));
    let rows: Vec<(String, i64)> = statement.push(") GROUP BY sku").build_query_as().fetch_all(db.pool()).await?;
    rows.into_iter().map(|(sku, units)| Ok((shelf(&sku, String::new())?.sku, units))).collect()
}

/// A row whose reserved units are not those that its reservations hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unbalanced {
    pub sku: String,
    pub warehouse: String,
    pub reserved: i64,
    pub held: i64,
}

/// One statement, so that both sides are of one moment: every sale changes both in one transaction.
pub async fn unbalanced(db: &Db, limit: u32) -> Result<Vec<Unbalanced>, StoreError> {
    let rows: Vec<(String, String, i64, i64)> = sqlx::query_as(
        "SELECT s.sku, s.warehouse, s.reserved, CAST(COALESCE(h.units, 0) AS SIGNED)
         FROM stock s
         LEFT JOIN (
             SELECT sku, warehouse, SUM(quantity) AS units FROM reservations
             WHERE state = 'HELD'
             GROUP BY sku, warehouse
         ) h ON h.sku = s.sku AND h.warehouse = s.warehouse
         WHERE s.reserved <> COALESCE(h.units, 0)
         ORDER BY s.sku, s.warehouse
         LIMIT ?",
    )
    .bind(limit)
    .fetch_all(db.pool())
    .await?;
    let unbalanced = |(sku, warehouse, reserved, held)| Unbalanced { sku, warehouse, reserved, held };
    Ok(rows.into_iter().map(unbalanced).collect())
}
