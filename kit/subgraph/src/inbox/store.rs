//! The inbox's and the version gate's statements, all in the transaction of the effect.

use souk_contracts::events::Envelope;

use crate::db::{Db, StoreError, Tx, Violation};

/// Hours that an event's id is kept: longer than any outbox keeps the event.
const KEPT_HOURS: u32 = 72;

/// What is to be done with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Take its effect now, in this transaction; it is recorded as taken.
    New,
    /// Its effect, or that of a newer version, is committed: nothing to do.
    Seen,
    /// Versions between `have` and this one are missing: ask the owner. The event was not recorded.
    Gap { have: u64 },
}

/// Decides about an event and, unless there is a gap, records it. With `accept_gap` a gap is passed over: the
/// owner has nothing older to give.
///
/// # Errors
/// [`StoreError`].
pub async fn admit(tx: &mut Tx, consumer: &str, event: &Envelope, accept_gap: bool) -> Result<Admission, StoreError> {
    let have = gate(tx, consumer, &event.subject).await?;
    if event.version <= have {
        return Ok(Admission::Seen);
    }
    if event.version > have + 1 && !accept_gap {
        return Ok(Admission::Gap { have });
    }
    if !first_time(tx, consumer, event).await? {
        return Ok(Admission::Seen);
    }
    sqlx::query("UPDATE version_gates SET version = ? WHERE consumer = ? AND subject = ?")
        .bind(event.version)
        .bind(consumer)
        .bind(&event.subject)
        .execute(tx)
        .await?;
    Ok(Admission::New)
}

/// The newest version taken, its row locked. READ COMMITTED locks no gap, so the row of a new aggregate is made
/// first: else two takers of its first events would not see each other, and the older effect could come last.
async fn gate(tx: &mut Tx, consumer: &str, subject: &str) -> Result<u64, StoreError> {
    if let Some(version) = locked_gate(tx, consumer, subject).await? {
        return Ok(version);
    }
    sqlx::query(
        "INSERT INTO version_gates (consumer, subject, version) VALUES (?, ?, 0)
         ON DUPLICATE KEY UPDATE version = version",
    )
    .bind(consumer)
    .bind(subject)
    .execute(&mut *tx)
    .await?;
    Ok(locked_gate(tx, consumer, subject).await?.unwrap_or(0))
}

async fn locked_gate(tx: &mut Tx, consumer: &str, subject: &str) -> Result<Option<u64>, StoreError> {
    let row: Option<(i64,)> =
        sqlx::query_as("SELECT version FROM version_gates WHERE consumer = ? AND subject = ? FOR UPDATE")
            .bind(consumer)
            .bind(subject)
            .fetch_optional(tx)
            .await?;
    Ok(row.map(|(version,)| version.unsigned_abs()))
}

async fn first_time(tx: &mut Tx, consumer: &str, event: &Envelope) -> Result<bool, StoreError> {
    let inserted = sqlx::query("INSERT INTO inbox (consumer, event_id) VALUES (?, ?)")
        .bind(consumer)
        .bind(event.id.uuid())
        .execute(tx)
        .await
        .map_err(StoreError::from);
    match inserted {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.violation(), Some(Violation::Unique(_))) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Deletes ids past their time, at most 1,000 a call.
///
/// # Errors
/// [`StoreError`].
pub async fn forget_old(db: &Db) -> Result<u64, StoreError> {
    let done = sqlx::query("DELETE FROM inbox WHERE seen_at < NOW(6) - INTERVAL ? HOUR LIMIT 1000")
        .bind(KEPT_HOURS)
        .execute(db.pool())
        .await?;
    Ok(done.rows_affected())
}
