//! Statements on `webhooks`.

use souk_subgraph::{Db, StoreError, Tx, db::Violation};

/// Hours that an id is kept: far longer than the signature's tolerance.
const KEPT_HOURS: u32 = 72;

/// Records a webhook; false when it was taken before.
pub async fn insert(tx: &mut Tx, provider: &str, id: &str) -> Result<bool, StoreError> {
    let done = sqlx::query("INSERT INTO webhooks (provider, webhook_id) VALUES (?, ?)")
        .bind(provider)
        .bind(id)
        .execute(tx)
        .await
        .map_err(StoreError::from);
    match done {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.violation(), Some(Violation::Unique(_))) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Deletes ids past their time, at most 1,000 a call.
pub async fn forget_old(db: &Db) -> Result<u64, StoreError> {
    let done = sqlx::query("DELETE FROM webhooks WHERE received_at < NOW(6) - INTERVAL ? HOUR LIMIT 1000")
        .bind(KEPT_HOURS)
        .execute(db.pool())
        .await?;
    Ok(done.rows_affected())
}
