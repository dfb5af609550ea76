//! The tables that every service has: its outbox, and the gates of its consumers.

use std::collections::HashMap;

use futures_util::TryStreamExt as _;
use souk_contracts::EventId;
use sqlx::MySqlConnection;
use uuid::Uuid;

use super::Rows;
use crate::verify::events::{Emitted, OutboxRow};

pub async fn rows(connection: &mut MySqlConnection) -> Rows<OutboxRow> {
    let rows: Vec<(Uuid, String, String, i64, bool)> =
        sqlx::query_as("SELECT event_id, topic, subject, version, published_at IS NOT NULL FROM outbox")
            .fetch_all(connection)
            .await?;
    let row = |(event, topic, subject, version, is_published): (Uuid, String, String, i64, bool)| {
        let (event, version) = (EventId(event), version.unsigned_abs());
        OutboxRow { event, topic, subject, version, is_published }
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Folds every event that is kept, without holding them all.
pub async fn replay(connection: &mut MySqlConnection, emitted: &mut Emitted) -> Result<(), sqlx::Error> {
    let mut rows = sqlx::query_as("SELECT topic, record FROM outbox").fetch(connection);
    while let Some((topic, record)) = rows.try_next().await? {
        let (topic, record): (String, Vec<u8>) = (topic, record);
        emitted.take(&topic, &record);
    }
    Ok(())
}

/// Grows with every event: when it has not, nothing that others see has changed.
pub async fn newest_id(connection: &mut MySqlConnection) -> Result<i64, sqlx::Error> {
    let (id,) = sqlx::query_as("SELECT COALESCE(MAX(id), 0) FROM outbox").fetch_one(connection).await?;
    Ok(id)
}

/// Aggregates with events that are not published, at most 1,000.
pub async fn unpublished(connection: &mut MySqlConnection) -> Rows<String> {
    let rows: Vec<(String,)> = sqlx::query_as("SELECT subject FROM outbox WHERE published_at IS NULL LIMIT 1000")
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().map(|(subject,)| subject).collect())
}

/// The newest version of each aggregate that has events.
pub async fn newest_versions(connection: &mut MySqlConnection) -> Rows<(String, u64)> {
    let rows: Vec<(String, i64)> =
        sqlx::query_as("SELECT subject, MAX(version) FROM outbox GROUP BY subject").fetch_all(connection).await?;
    Ok(rows.into_iter().map(|(subject, version)| (subject, version.unsigned_abs())).collect())
}

/// What a consumer has taken of each aggregate.
pub async fn gates(connection: &mut MySqlConnection, consumer: &str) -> Result<HashMap<String, u64>, sqlx::Error> {
    let rows: Vec<(String, i64)> = sqlx::query_as("SELECT subject, version FROM version_gates WHERE consumer = ?")
        .bind(consumer)
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().map(|(subject, version)| (subject, version.unsigned_abs())).collect())
}
