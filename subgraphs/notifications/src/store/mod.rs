//! SQL of notifications, a function a statement.

use chrono::{DateTime, Utc};
use souk_contracts::{CustomerId, NotificationId, OrderId};
use souk_subgraph::{StoreError, Tx, db::Db};
use uuid::Uuid;

use crate::domain::Message;

#[derive(Debug, Clone)]
pub struct NotificationRow {
    pub id: NotificationId,
    pub order: OrderId,
    pub kind: String,
    pub subject: String,
    pub body: String,
    pub at: DateTime<Utc>,
}

/// A message and how often its mail was tried.
type DueColumns = (Uuid, Uuid, String, String, String, DateTime<Utc>, i32);
type Columns = (Uuid, Uuid, String, String, String, DateTime<Utc>);

fn row((id, order, kind, subject, body, at): Columns) -> NotificationRow {
    NotificationRow { id: NotificationId(id), order: OrderId(order), kind, subject, body, at }
}

/// Inserts a message; one of its kind for the order that exists already stays as it is.
pub async fn insert(
    tx: &mut Tx,
    (id, order, customer): (NotificationId, OrderId, Option<CustomerId>),
    message: &Message,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO notifications (id, order_id, customer_id, kind, subject, body, created_at, mail_state, mail_next_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, 'PENDING', NOW(6))
         ON DUPLICATE KEY UPDATE order_id = order_id",
    )
    .bind(id.uuid())
    .bind(order.uuid())
    .bind(customer.map(CustomerId::uuid))
    .bind(message.kind.as_str())
    .bind(&message.subject)
    .bind(&message.body)
    .bind(at)
    .execute(tx)
    .await?;
    Ok(())
}

/// A customer's feed, newest first.
pub async fn feed(
    db: &Db,
    customer: CustomerId,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: u32,
) -> Result<Vec<NotificationRow>, StoreError> {
    let mut statement = sqlx::QueryBuilder::<sqlx::MySql>::new(
        "SELECT id, order_id, kind, subject, body, created_at
         FROM notifications
         WHERE customer_id = ",
    );
    statement.push_bind(customer.uuid());
    if let Some((at, id)) = after {
        statement.push(" AND (created_at, id) < (").push_bind(at).push(", ").push_bind(id).push(")");
    }
    statement.push(" ORDER BY created_at DESC, id DESC LIMIT ").push_bind(limit);
    let rows: Vec<Columns> = statement.build_query_as().fetch_all(db.pool()).await?;
    Ok(rows.into_iter().map(row).collect())
}

/// Whether mail is due.
pub async fn any_due(db: &Db) -> Result<bool, StoreError> {
    db.any("SELECT 1 FROM notifications WHERE mail_state = 'PENDING' AND mail_next_at <= NOW(6) LIMIT 1").await
}

/// Mail that is due, locked for this transaction; what another replica has locked is passed over.
pub async fn lock_due(tx: &mut Tx, limit: u32) -> Result<Vec<(NotificationRow, u32)>, StoreError> {
    let rows: Vec<DueColumns> = sqlx::query_as(
        "SELECT id, order_id, kind, subject, body, created_at, mail_attempts
         FROM notifications
         WHERE mail_state = 'PENDING' AND mail_next_at <= NOW(6)
         ORDER BY mail_next_at
         LIMIT ?
         FOR UPDATE SKIP LOCKED",
    )
    .bind(limit)
    .fetch_all(tx)
    .await?;
    let due = rows.into_iter().map(|(id, order, kind, subject, body, at, attempts)| {
        (row((id, order, kind, subject, body, at)), attempts.unsigned_abs())
    });
    Ok(due.collect())
}

/// Counts a try and keeps the message from other workers for `seconds`.
pub async fn lease(tx: &mut Tx, id: NotificationId, seconds: u32) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE notifications
         SET mail_attempts = mail_attempts + 1, mail_next_at = NOW(6) + INTERVAL ? SECOND
         WHERE id = ?",
    )
    .bind(seconds)
    .bind(id.uuid())
    .execute(tx)
    .await?;
    Ok(())
}

/// Puts the next try `seconds` away, after one that failed.
pub async fn postpone(db: &Db, id: NotificationId, seconds: u32) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE notifications
         SET mail_next_at = NOW(6) + INTERVAL ? SECOND
         WHERE id = ? AND mail_state = 'PENDING'",
    )
    .bind(seconds)
    .bind(id.uuid())
    .execute(db.pool())
    .await?;
    Ok(())
}

/// Ends the mail's story: `SENT` or `GIVEN_UP`.
pub async fn settle(db: &Db, id: NotificationId, state: &'static str) -> Result<(), StoreError> {
    sqlx::query("UPDATE notifications SET mail_state = ? WHERE id = ? AND mail_state = 'PENDING'")
        .bind(state)
        .bind(id.uuid())
        .execute(db.pool())
        .await?;
    Ok(())
}
