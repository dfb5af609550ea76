//! The pool of a service's own database.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{
    ConnectOptions as _, Connection as _, Executor as _, MySqlConnection, MySqlPool,
    mysql::{MySqlConnectOptions, MySqlPoolOptions},
};

use super::error::StoreError;

/// Every pooled connection starts like this. READ COMMITTED: a locking read followed by a plain one must see the
/// same rows. The lock wait is short, since a whole transaction is re-run when it times out.
const SESSION: &str =
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; SET SESSION innodb_lock_wait_timeout = 5";

/// A connection that lay unused this long is asked for a sign of life before it is handed out: after a restart of the
/// server, which takes longer, all of them are dead, and each would cost one request. A busy pool pays nothing for it.
const PROVEN_FOR: Duration = Duration::from_millis(20);

/// How long a request waits for a connection.
const ACQUIRING: Duration = Duration::from_secs(5);

/// A service's database; clones share one pool.
#[derive(Debug, Clone)]
pub struct Db {
    pool: MySqlPool,
}

impl Db {
    /// Opens the pool and checks one connection.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the server cannot be reached or refuses the user.
    pub async fn connect(url: &SecretString, connections: u32) -> Result<Self, StoreError> {
        let options: MySqlConnectOptions = url.expose_secret().parse()?;
        let options = options.log_statements(tracing::log::LevelFilter::Trace);
        // The pool would try again for seconds and then tell of its time-out, not of what is wrong.
        let first = tokio::time::timeout(ACQUIRING, MySqlConnection::connect_with(&options)).await;
        first.map_err(|_| sqlx::Error::PoolTimedOut)??.close().await?;
        let pool = MySqlPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRING)
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > PROVEN_FOR {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .after_connect(|connection, _| Box::pin(async move { connection.execute(SESSION).await.map(|_| ()) }))
            .connect_with(options)
            .await?;
        Ok(Self { pool })
    }

    /// Whether a statement finds a row. A worker asks so for work before it opens a transaction to take it: nearly always
    /// there is none, and one plain statement tells so.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn any(&self, statement: &'static str) -> Result<bool, StoreError> {
        Ok(sqlx::query(statement).fetch_optional(&self.pool).await?.is_some())
    }

    /// The pool, for single statements outside a transaction.
    pub fn pool(&self) -> &MySqlPool {
        &self.pool
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }
}
