//! The outbox's statements.

use sha2::{Digest as _, Sha256};
use souk_contracts::events::{Envelope, EnvelopeError};
use sqlx::QueryBuilder;

use super::SHARDS;
use crate::db::{Db, StoreError, Tx, in_transaction};

/// Hours that a published event is kept, for `eventsSince` and for brokers that lost their data.
const KEPT_HOURS: u32 = 24;

/// Bytes of the largest record: what Kafka takes by default is 1 MiB less its own overhead. Refused with its change,
/// since a record that the broker never takes would hold up its aggregate for good.
const RECORD_LIMIT: usize = 900_000;

#[derive(Debug)]
pub(super) struct Waiting {
    pub id: i64,
    pub topic: String,
    pub subject: String,
    pub record: Vec<u8>,
}

/// A shard held by this process; `fence` proves it when rows are marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    pub shard: u8,
    pub fence: i64,
}

pub(super) async fn insert(tx: &mut Tx, topic: &str, envelopes: &[Envelope]) -> Result<(), StoreError> {
    if envelopes.is_empty() {
        return Ok(());
    }
    let records = envelopes.iter().map(record).collect::<Result<Vec<_>, _>>()?;
    let mut statement = QueryBuilder::new("INSERT INTO outbox (event_id, topic, subject, version, shard, record) ");
    statement.push_values(envelopes.iter().zip(records), |mut row, (envelope, record)| {
        row.push_bind(envelope.id.uuid()).push_bind(topic).push_bind(&envelope.subject).push_bind(envelope.version);
        row.push_bind(shard_of(&envelope.subject)).push_bind(record);
    });
    statement.build().execute(tx).await?;
    Ok(())
}

/// Stable over builds and machines: all versions of one aggregate pass through one shard, in order.
fn shard_of(subject: &str) -> u8 {
    Sha256::digest(subject)[0] % SHARDS
}

fn record(envelope: &Envelope) -> Result<Vec<u8>, StoreError> {
    let record = serde_json::to_vec(envelope).map_err(EnvelopeError::from)?;
    if record.len() > RECORD_LIMIT {
        return Err(EnvelopeError::TooLarge { subject: envelope.subject.clone(), bytes: record.len() }.into());
    }
    Ok(record)
}

/// Takes or renews the lease on every shard that is free or ours, and tells which are held now.
pub(super) async fn lease(db: &Db, holder: &str, lease_ms: u64) -> Result<Vec<Held>, StoreError> {
    let micros = lease_ms * 1_000;
    sqlx::query(
        "UPDATE outbox_shards
         SET fence = IF(holder = ? AND lease_until >= NOW(6), fence, fence + 1),
             lease_until = NOW(6) + INTERVAL ? MICROSECOND,
             holder = ?
         WHERE lease_until < NOW(6) OR holder = ?",
    )
    .bind(holder)
    .bind(micros)
    .bind(holder)
    .bind(holder)
    .execute(db.pool())
    .await?;
    let rows: Vec<(i16, i64)> =
        sqlx::query_as("SELECT shard, fence FROM outbox_shards WHERE holder = ? AND lease_until > NOW(6)")
            .bind(holder)
            .fetch_all(db.pool())
            .await?;
    Ok(rows.into_iter().map(|(shard, fence)| Held { shard: shard.unsigned_abs() as u8, fence }).collect())
}

/// Gives the leases back at a clean stop, so that another replica need not wait.
pub(super) async fn release(db: &Db, holder: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE outbox_shards SET lease_until = '2000-01-01 00:00:00', holder = NULL WHERE holder = ?")
        .bind(holder)
        .execute(db.pool())
        .await?;
    Ok(())
}

/// When the shard's events went to a broker of another epoch, all kept ones are to be published again.
pub(super) async fn enter_epoch(db: &Db, held: Held, epoch: &str) -> Result<u64, StoreError> {
    in_transaction(db, |tx| Box::pin(enter_epoch_in(tx, held, epoch))).await
}

async fn enter_epoch_in(tx: &mut Tx, held: Held, epoch: &str) -> Result<u64, StoreError> {
    let known: Option<(Option<String>,)> =
        sqlx::query_as("SELECT broker_epoch FROM outbox_shards WHERE shard = ? AND fence = ? FOR UPDATE")
            .bind(held.shard)
            .bind(held.fence)
            .fetch_optional(&mut *tx)
            .await?;
    match known {
        Some((Some(before),)) if before == epoch => return Ok(0),
        None => return Ok(0),
        Some(_) => {}
    }
    let again = sqlx::query("UPDATE outbox SET published_at = NULL WHERE shard = ? AND published_at IS NOT NULL")
        .bind(held.shard)
        .execute(&mut *tx)
        .await?;
    sqlx::query("UPDATE outbox_shards SET broker_epoch = ? WHERE shard = ?")
        .bind(epoch)
        .bind(held.shard)
        .execute(tx)
        .await?;
    Ok(again.rows_affected())
}

/// The oldest unpublished rows of the held shards, at most `limit` of each, in one statement.
pub(super) async fn waiting(db: &Db, held: &[Held], limit: u32) -> Result<Vec<Waiting>, StoreError> {
    if held.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = QueryBuilder::<sqlx::MySql>::new("");
    for (index, shard) in held.iter().enumerate() {
        statement.push(if index == 0 { "(" } else { " UNION ALL (" });
        statement.push("SELECT id, topic, subject, record FROM outbox WHERE shard = ").push_bind(shard.shard);
        statement.push(" AND published_at IS NULL ORDER BY id LIMIT ").push_bind(limit).push(")");
    }
    let mut rows: Vec<(i64, String, String, Vec<u8>)> = statement.build_query_as().fetch_all(db.pool()).await?;
    rows.sort_by_key(|(id, ..)| *id);
    let read = |(id, topic, subject, record)| Waiting { id, topic, subject, record };
    Ok(rows.into_iter().map(read).collect())
}

/// Marks rows as published whose shards are held under these fences, with one commit; gives how many were marked.
pub(super) async fn mark(db: &Db, held: &[Held], ids: &[i64]) -> Result<u64, StoreError> {
    if held.is_empty() || ids.is_empty() {
        return Ok(0);
    }
    let mut statement = QueryBuilder::<sqlx::MySql>::new(
        "UPDATE outbox
         JOIN outbox_shards ON outbox_shards.shard = outbox.shard
         SET outbox.published_at = NOW(6)
         WHERE outbox.id IN (",
    );
    let mut list = statement.separated(", ");
    for id in ids {
        list.push_bind(*id);
    }
    statement.push(") AND (");
    for (index, Held { shard, fence }) in held.iter().enumerate() {
        statement.push(if index == 0 { "(" } else { " OR (" });
        statement.push("outbox_shards.shard = ").push_bind(*shard);
        statement.push(" AND outbox_shards.fence = ").push_bind(*fence).push(")");
    }
    Ok(statement.push(")").build().execute(db.pool()).await?.rows_affected())
}

/// Events of one aggregate newer than `version`, oldest first, as far as they are kept (24 h).
///
/// # Errors
/// [`StoreError`].
pub async fn events_since(db: &Db, subject: &str, version: u64, limit: u32) -> Result<Vec<Envelope>, StoreError> {
    let rows: Vec<(Vec<u8>,)> = sqlx::query_as(
        "SELECT record FROM outbox
         WHERE subject = ? AND version > ?
         ORDER BY version
         LIMIT ?",
    )
    .bind(subject)
    .bind(version)
    .bind(limit)
    .fetch_all(db.pool())
    .await?;
    rows.iter().map(|(record,)| Envelope::parse(record).map_err(StoreError::from)).collect()
}

/// Deletes published events past their time, at most 1,000 a call.
///
/// # Errors
/// [`StoreError`].
pub async fn forget_old(db: &Db) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "DELETE FROM outbox WHERE created_at < NOW(6) - INTERVAL ? HOUR AND published_at IS NOT NULL LIMIT 1000",
    )
    .bind(KEPT_HOURS)
    .execute(db.pool())
    .await?;
    Ok(done.rows_affected())
}
