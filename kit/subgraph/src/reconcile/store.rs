//! Statements on `reconcile_turns` and `reconcile_findings`.

use std::time::Duration;

use super::Finding;
use crate::db::{Db, StoreError, in_transaction};

/// Longest text of a finding, in characters.
const WHAT: usize = 255;

/// Takes the turn when nobody holds it and its time has come; gives the fence to end it with.
pub async fn take_turn(db: &Db, lease: Duration) -> Result<Option<i64>, StoreError> {
    let lease_us = lease.as_micros() as u64;
    in_transaction(db, |tx| {
        Box::pin(async move {
            let free: Option<(i64,)> = sqlx::query_as(
                "SELECT fence FROM reconcile_turns
                 WHERE id = 1 AND next_at <= NOW(6)
                 FOR UPDATE SKIP LOCKED",
            )
            .fetch_optional(&mut **tx)
            .await?;
            let Some((fence,)) = free else { return Ok(None) };
            sqlx::query(
                "UPDATE reconcile_turns
                 SET fence = fence + 1, next_at = NOW(6) + INTERVAL ? MICROSECOND
                 WHERE id = 1",
            )
            .bind(lease_us)
            .execute(&mut **tx)
            .await?;
            Ok(Some(fence + 1))
        })
    })
    .await
}

/// The next turn is due after `every`. A holder that slept past its lease ends nobody else's turn.
pub async fn end_turn(db: &Db, fence: i64, every: Duration) -> Result<(), StoreError> {
    sqlx::query("UPDATE reconcile_turns SET next_at = NOW(6) + INTERVAL ? MICROSECOND WHERE id = 1 AND fence = ?")
        .bind(every.as_micros() as u64)
        .bind(fence)
        .execute(db.pool())
        .await?;
    Ok(())
}

/// Writes a finding down; true when it is the first of its kind and subject.
pub async fn upsert(db: &Db, finding: &Finding) -> Result<bool, StoreError> {
    let what: String = finding.what.chars().take(WHAT).collect();
    let done = sqlx::query(
        "INSERT INTO reconcile_findings (kind, subject, what, repaired, first_seen, last_seen)
         VALUES (?, ?, ?, ?, NOW(6), NOW(6))
         ON DUPLICATE KEY UPDATE what = ?, repaired = ?, last_seen = NOW(6), times = times + 1",
    )
    .bind(finding.kind)
    .bind(&finding.subject)
    .bind(&what)
    .bind(finding.repaired)
    .bind(&what)
    .bind(finding.repaired)
    .execute(db.pool())
    .await?;
    // MySQL counts 1 for a row that was inserted and 2 for one that was there.
    Ok(done.rows_affected() == 1)
}
