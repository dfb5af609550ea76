//! Idempotency keys: one key, one change.
//!
//! The key's row is inserted in the transaction of the change it names, so there is no state between: a parallel
//! call with the same key waits on the unique row and then finds it. The row keeps the result's id, never a body:
//! a replay reads the result anew.

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::{
    db::{Db, StoreError, Tx, Violation},
    error::ApiError,
};

/// Hours that a key is kept.
pub const KEPT_HOURS: u32 = 24;

/// A key in its scope, with the hash of what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    scope_hash: [u8; 32],
    input_hash: [u8; 32],
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Not used yet.
    Fresh,
    /// Used for the same input: the result's id.
    Replay { result_id: String },
    /// Used for another input: refuse with `IDEMPOTENCY_KEY_REUSED`.
    Reused,
}

impl IdempotencyKey {
    /// Parses a client's key. `principal` is the caller (a guest's email), `operation` the mutation's name,
    /// `input` the canonical input without the key.
    ///
    /// # Errors
    /// A key that is not 16 to 255 visible ASCII characters.
    pub fn parse(principal: &str, operation: &str, key: &str, input: &impl Serialize) -> Result<Self, ApiError> {
        if !(16..=255).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ApiError::bad_input(
                "idempotencyKey must be 16 to 255 visible ASCII characters: use a fresh UUID for each intent",
            ));
        }
        let mut scope = Sha256::new();
        for part in [principal, operation, key] {
            scope.update((part.len() as u64).to_be_bytes());
            scope.update(part.as_bytes());
        }
        let canonical = serde_json::to_vec(input).map_err(|error| ApiError::internal(&error))?;
        Ok(Self { scope_hash: scope.finalize().into(), input_hash: Sha256::digest(canonical).into() })
    }

    /// Looks before the work: spares a replay the work, and promises nothing.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn find(&self, db: &Db) -> Result<Seen, StoreError> {
        let mut connection = db.pool().acquire().await?;
        self.read(&mut connection).await
    }

    /// Inserts the key with its result in the transaction of the change. On anything but `Fresh` the closure must
    /// end without the change.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn record(&self, tx: &mut Tx, result_id: &str) -> Result<Seen, StoreError> {
        loop {
            if self.insert(tx, result_id).await? {
                return Ok(Seen::Fresh);
            }
            match self.read(tx).await? {
                // The other one's row was past its time and forgotten in between: the key is free again.
                Seen::Fresh => {}
                seen => return Ok(seen),
            }
        }
    }

    /// False when the key is taken. A parallel holder is waited for: should it roll back, the row is ours.
    async fn insert(&self, tx: &mut Tx, result_id: &str) -> Result<bool, StoreError> {
        let inserted = sqlx::query("INSERT INTO idempotency_keys (scope_hash, input_hash, result_id) VALUES (?, ?, ?)")
            .bind(&self.scope_hash[..])
            .bind(&self.input_hash[..])
            .bind(result_id)
            .execute(tx)
            .await
            .map_err(StoreError::from);
        match inserted {
            Ok(_) => Ok(true),
            Err(error) if matches!(error.violation(), Some(Violation::Unique(_))) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn read(&self, tx: &mut Tx) -> Result<Seen, StoreError> {
        let row: Option<(Vec<u8>, String)> =
            sqlx::query_as("SELECT input_hash, result_id FROM idempotency_keys WHERE scope_hash = ?")
                .bind(&self.scope_hash[..])
                .fetch_optional(tx)
                .await?;
        Ok(match row {
            None => Seen::Fresh,
            Some((input_hash, result_id)) if input_hash == self.input_hash => Seen::Replay { result_id },
            Some(_) => Seen::Reused,
        })
    }
}

/// Deletes keys past their time, at most 1,000 a call.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn forget_old(db: &Db) -> Result<u64, StoreError> {
    let done = sqlx::query("DELETE FROM idempotency_keys WHERE created_at < NOW(6) - INTERVAL ? HOUR LIMIT 1000")
        .bind(KEPT_HOURS)
        .execute(db.pool())
        .await?;
    Ok(done.rows_affected())
}
