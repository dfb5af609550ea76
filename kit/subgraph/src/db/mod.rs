//! MySQL as all subgraphs use it: a pool with the right isolation, transactions that survive deadlocks,
//! constraint names, migrations.

mod constraint;
mod error;
mod migrate;
mod pool;
mod transaction;

pub use constraint::{Violation, violation};
pub use error::StoreError;
pub use migrate::migrate;
pub use pool::Db;
pub(crate) use transaction::{Runs, in_transaction_of};
pub use transaction::{TransactionError, in_transaction};

/// What store functions run on: a connection, in a transaction or not. The closure given to [`in_transaction`] gets
/// a `Transaction`, which dereferences to it.
pub type Tx = sqlx::MySqlConnection;
