//! Transactions that are re-run from BEGIN when MySQL chose them as a deadlock's victim, or lost the connection.

use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::{MySql, Transaction};

use super::{Db, StoreError};
use crate::random;

const ATTEMPTS: u32 = 5;

/// An error of a transaction's closure: made from a store's error, and able to show it.
pub trait TransactionError: From<StoreError> {
    fn store_error(&self) -> Option<&StoreError>;
}

impl TransactionError for StoreError {
    fn store_error(&self) -> Option<&StoreError> {
        Some(self)
    }
}

/// Runs `work` in one transaction: commits on Ok, rolls back on Err, and runs the whole closure again from BEGIN
/// on a deadlock or lock timeout, and when the connection was lost before COMMIT was sent; at most five times, with
/// jitter. Whether a COMMIT without an answer took place is not known, so that one is the caller's to ask again
/// (idempotency key, inbox). The closure must have no effect but through its connection, and calls no network.
///
/// ```ignore
/// let (order, lines) = (&order, &lines);   // captured by reference: the closure may run again
/// in_transaction(&db, |tx| Box::pin(async move {
///     store::insert_order(tx, order).await?;
///     store::insert_lines(tx, lines).await
/// })).await
/// ```
///
/// The lifetime `'a` lets the future borrow from the caller; a plain `AsyncFnMut` would say the same, but its
/// futures are not provably `Send` for every lifetime (rust-lang issue 110338).
///
/// # Errors
/// The closure's own, or a database error of BEGIN or COMMIT.
pub async fn in_transaction<'a, T, E, F>(db: &Db, work: F) -> Result<T, E>
where
    E: TransactionError,
    F: for<'t> FnMut(&'t mut Transaction<'a, MySql>) -> BoxFuture<'t, Result<T, E>>,
{
    in_transaction_of(db, Runs::Again, work).await
}

/// How often a transaction runs that MySQL turned back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runs {
    /// As [`in_transaction`] says.
    Again,
    /// The caller has another way.
    Once,
}

pub(crate) async fn in_transaction_of<'a, T, E, F>(db: &Db, runs: Runs, mut work: F) -> Result<T, E>
where
    E: TransactionError,
    F: for<'t> FnMut(&'t mut Transaction<'a, MySql>) -> BoxFuture<'t, Result<T, E>>,
{
    let mut attempt = 1;
    loop {
        let failed = match attempt_once(db, &mut work).await {
            Ok(value) => return Ok(value),
            Err(failed) => failed,
        };
        if runs == Runs::Once || attempt == ATTEMPTS || !failed.may_run_again() {
            return Err(failed.error);
        }
        metrics::counter!("souk_transaction_reruns_total").increment(1);
        tokio::time::sleep(Duration::from_millis(5 << attempt).mul_f64(random::jitter())).await;
        attempt += 1;
    }
}

struct Failed<E> {
    error: E,
    /// COMMIT was sent.
    committing: bool,
}

impl<E: TransactionError> Failed<E> {
    fn may_run_again(&self) -> bool {
        let Some(error) = self.error.store_error() else { return false };
        // A deadlock is answered by the server, so it is certain that nothing was committed.
        error.is_deadlock() || (error.is_connection_lost() && !self.committing)
    }
}

async fn attempt_once<'a, T, E, F>(db: &Db, work: &mut F) -> Result<T, Failed<E>>
where
    E: TransactionError,
    F: for<'t> FnMut(&'t mut Transaction<'a, MySql>) -> BoxFuture<'t, Result<T, E>>,
{
    let failed = |error: sqlx::Error, committing| Failed { error: E::from(StoreError::from(error)), committing };
    let mut transaction: Transaction<'a, MySql> = db.pool().begin().await.map_err(|error| failed(error, false))?;
    match work(&mut transaction).await {
        Ok(value) => {
            transaction.commit().await.map_err(|error| failed(error, true))?;
            Ok(value)
        }
        Err(error) => {
            // The connection rolls back on drop too; doing it here returns it to the pool clean.
            let _ = transaction.rollback().await;
            Err(Failed { error, committing: false })
        }
    }
}
