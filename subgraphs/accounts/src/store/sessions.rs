//! Tables sessions and refresh_tokens.

use souk_contracts::{CustomerId, SessionId, identity::Role};
use souk_subgraph::{StoreError, Tx, db::Db};
use uuid::Uuid;

use crate::domain::RefreshToken;

/// A presented refresh token, its session locked.
#[derive(Debug, Clone, Copy)]
pub struct TokenRow {
    pub session: SessionId,
    pub customer: CustomerId,
    pub used: bool,
    pub expired: bool,
    pub revoked: bool,
}

pub async fn insert_session(tx: &mut Tx, id: SessionId, customer: CustomerId) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO sessions (id, customer_id) VALUES (?, ?)")
        .bind(id.uuid())
        .bind(customer.uuid())
        .execute(tx)
        .await?;
    Ok(())
}

/// The token expires `days` from now, by the database's clock.
pub async fn insert_refresh_token(
    tx: &mut Tx,
    session: SessionId,
    token: &RefreshToken,
    days: u32,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO refresh_tokens (token_hash, session_id, expires_at) VALUES (?, ?, NOW(6) + INTERVAL ? DAY)",
    )
    .bind(&token.hash[..])
    .bind(session.uuid())
    .bind(days)
    .execute(tx)
    .await?;
    Ok(())
}

/// Reads the token and locks its row, so that of two parallel uses one comes second.
pub async fn lock_refresh_token(tx: &mut Tx, token: &RefreshToken) -> Result<Option<TokenRow>, StoreError> {
    let found: Option<(Uuid, Uuid, bool, bool, bool)> = sqlx::query_as(
        "SELECT s.id, s.customer_id, t.used_at IS NOT NULL, t.expires_at < NOW(6), s.revoked_at IS NOT NULL
         FROM refresh_tokens t
         JOIN sessions s ON s.id = t.session_id
         WHERE t.token_hash = ?
         FOR UPDATE",
    )
    .bind(&token.hash[..])
    .fetch_optional(tx)
    .await?;
    Ok(found.map(|(session, customer, used, expired, revoked)| TokenRow {
        session: SessionId(session),
        customer: CustomerId(customer),
        used,
        expired,
        revoked,
    }))
}

pub async fn mark_used(tx: &mut Tx, token: &RefreshToken) -> Result<(), StoreError> {
    sqlx::query("UPDATE refresh_tokens SET used_at = NOW(6) WHERE token_hash = ?")
        .bind(&token.hash[..])
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn revoke_session(tx: &mut Tx, session: SessionId) -> Result<(), StoreError> {
    sqlx::query("UPDATE sessions SET revoked_at = NOW(6) WHERE id = ? AND revoked_at IS NULL")
        .bind(session.uuid())
        .execute(tx)
        .await?;
    Ok(())
}

/// The role of a customer who has a session; None when their account is gone.
pub async fn role_of(tx: &mut Tx, customer: CustomerId) -> Result<Option<Role>, StoreError> {
    let role: Option<(String,)> =
        sqlx::query_as("SELECT role FROM customers WHERE id = ?").bind(customer.uuid()).fetch_optional(tx).await?;
    let parse = |(role,): (String,)| {
        role.parse().map_err(|problem| StoreError::bad_row("customers", "role", customer, problem))
    };
    role.map(parse).transpose()
}

/// Deletes tokens past their time, at most 1,000; gives how many.
pub async fn forget_expired_tokens(db: &Db) -> Result<u64, StoreError> {
    let done =
        sqlx::query("DELETE FROM refresh_tokens WHERE expires_at < NOW(6) LIMIT 1000").execute(db.pool()).await?;
    Ok(done.rows_affected())
}

/// Deletes sessions older than `days` that have no token any more, at most 1,000; gives how many.
pub async fn forget_empty_sessions(db: &Db, days: u32) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "DELETE FROM sessions
         WHERE created_at < NOW(6) - INTERVAL ? DAY
           AND NOT EXISTS (SELECT 1 FROM refresh_tokens WHERE refresh_tokens.session_id = sessions.id)
         LIMIT 1000",
    )
    .bind(days)
    .execute(db.pool())
    .await?;
    Ok(done.rows_affected())
}
