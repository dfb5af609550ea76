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
    /// Versions between `have` and this one are missing: ask the owner. Nothing was recorded.
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
    sqlx::query(
        "INSERT INTO version_gates (consumer, subject, version) VALUES (?, ?, ?)
         ON DUPLICATE KEY UPDATE version = GREATEST(version, VALUES(version))",
    )
    .bind(consumer)
    .bind(&event.subject)
    .bind(event.version)
    .execute(tx)
    .await?;
    Ok(Admission::New)
}

async fn gate(tx: &mut Tx, consumer: &str, subject: &str) -> Result<u64, StoreError> {
    let row: Option<(i64,)> =
        sqlx::query_as("SELECT version FROM version_gates WHERE consumer = ? AND subject = ? FOR UPDATE")
            .bind(consumer)
            .bind(subject)
            .fetch_optional(tx)
            .await?;
    Ok(row.map_or(0, |(version,)| version.unsigned_abs()))
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
