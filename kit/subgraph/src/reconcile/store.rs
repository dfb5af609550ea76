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

/// Counts a finding that is open once more; false when it is not, or is not known at all.
pub async fn count_again(db: &Db, finding: &Finding) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE reconcile_findings
         SET what = ?, last_seen = NOW(6), times = times + 1
         WHERE kind = ? AND subject = ? AND NOT repaired AND over_at IS NULL",
    )
    .bind(cut(&finding.what))
    .bind(finding.kind)
    .bind(&finding.subject)
    .execute(db.pool())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Writes a finding down, for the first time or anew.
pub async fn upsert(db: &Db, finding: &Finding) -> Result<(), StoreError> {
    let what = cut(&finding.what);
    sqlx::query(
        "INSERT INTO reconcile_findings (kind, subject, what, repaired, first_seen, last_seen)
         VALUES (?, ?, ?, ?, NOW(6), NOW(6))
         ON DUPLICATE KEY UPDATE what = ?, repaired = ?, last_seen = NOW(6), times = times + 1, over_at = NULL",
    )
    .bind(finding.kind)
    .bind(&finding.subject)
    .bind(&what)
    .bind(finding.repaired)
    .bind(&what)
    .bind(finding.repaired)
    .execute(db.pool())
    .await?;
    Ok(())
}

/// (kind, subject) of the findings that are open, those seen last first.
pub async fn open(db: &Db, limit: u32) -> Result<Vec<(String, String)>, StoreError> {
    let rows = sqlx::query_as(
        "SELECT kind, subject FROM reconcile_findings
         WHERE NOT repaired AND over_at IS NULL
         ORDER BY last_seen DESC
         LIMIT ?",
    )
    .bind(limit)
    .fetch_all(db.pool())
    .await?;
    Ok(rows)
}

/// An open finding is over.
pub async fn close(db: &Db, kind: &str, subject: &str) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE reconcile_findings
         SET over_at = NOW(6)
         WHERE kind = ? AND subject = ? AND NOT repaired AND over_at IS NULL",
    )
    .bind(kind)
    .bind(subject)
    .execute(db.pool())
    .await?;
    Ok(())
}

fn cut(what: &str) -> String {
    what.chars().take(WHAT).collect()
}
