//! What can go wrong in a store.

use super::constraint::{Violation, violation};

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// A row that our own code could not have written: told with table, column and id.
    #[error("bad row in {table}: {column} of {id} is {problem}")]
    BadRow { table: &'static str, column: &'static str, id: String, problem: String },
    /// A compare-and-set that found another state, where the caller had no other reading.
    #[error("{what} changed at the same time")]
    Lost { what: String },
    #[error("an event cannot be written: {0}")]
    Event(#[from] souk_contracts::events::EnvelopeError),
    #[error("a migration failed: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

impl StoreError {
    pub fn bad_row(table: &'static str, column: &'static str, id: impl ToString, problem: impl ToString) -> Self {
        Self::BadRow { table, column, id: id.to_string(), problem: problem.to_string() }
    }

    /// The constraint that refused, when one did.
    pub fn violation(&self) -> Option<Violation> {
        match self {
            Self::Database(error) => violation(error),
            _ => None,
        }
    }

    /// The whole transaction may simply be run again: deadlock (1213), lock wait timeout (1205), or a lock that
    /// was refused at once (3572 on MySQL).
    pub fn is_deadlock(&self) -> bool {
        matches!(self.number(), Some(1213 | 1205 | 3572))
    }

    /// The server is away, shutting down, or out of connections: nothing about the request is wrong.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Database(
                sqlx::Error::Io(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed
                | sqlx::Error::Protocol(_)
                | sqlx::Error::Tls(_),
            ) => true,
            // 1040 too many connections, 1053 shutdown in progress, 1927 and 3169 connection killed
            _ => self.is_deadlock() || matches!(self.number(), Some(1040 | 1053 | 1927 | 3169)),
        }
    }

    /// A row that is no value of ours: the statement is sound, and others like it are.
    pub const fn is_unreadable(&self) -> bool {
        matches!(self, Self::BadRow { .. } | Self::Database(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)))
    }

    /// The connection ended under the statement: what was not committed is rolled back by the server.
    pub(super) fn is_connection_lost(&self) -> bool {
        match self {
            Self::Database(sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed) => true,
            // 1053 shutdown in progress, 1927 (MariaDB) and 3169 (MySQL) connection killed
            _ => matches!(self.number(), Some(1053 | 1927 | 3169)),
        }
    }

    fn number(&self) -> Option<u16> {
        let Self::Database(sqlx::Error::Database(error)) = self else { return None };
        error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>().map(sqlx::mysql::MySqlDatabaseError::number)
    }
}
