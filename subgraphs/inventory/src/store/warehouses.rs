//! Warehouses.

use souk_subgraph::{Db, StoreError, Tx, db::Violation};

use crate::domain::WarehouseName;

/// Their names, in order.
pub async fn names(db: &Db) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(String,)> = sqlx::query_as("SELECT name FROM warehouses ORDER BY name").fetch_all(db.pool()).await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

pub async fn exists(tx: &mut Tx, name: &WarehouseName) -> Result<bool, StoreError> {
    let row: Option<(i64,)> =
        sqlx::query_as("SELECT 1 FROM warehouses WHERE name = ?").bind(name.as_str()).fetch_optional(tx).await?;
    Ok(row.is_some())
}

/// False when there is one of this name.
pub async fn insert(db: &Db, name: &WarehouseName) -> Result<bool, StoreError> {
    let inserted = sqlx::query("INSERT INTO warehouses (name) VALUES (?)")
        .bind(name.as_str())
        .execute(db.pool())
        .await
        .map_err(StoreError::from);
    match inserted {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.violation(), Some(Violation::Unique(_))) => Ok(false),
        Err(error) => Err(error),
    }
}
