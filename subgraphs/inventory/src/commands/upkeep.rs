//! Forgets ended orders past their time, a little at a time.

use std::time::Duration;

use souk_process::Shutdown;
use souk_subgraph::Db;

use crate::store;

/// Runs until a stop is requested.
pub async fn upkeep(db: Db, shutdown: Shutdown) {
    while shutdown.pause(Duration::from_secs(60)).await {
        if let Err(error) = store::ended_orders::forget_old(&db).await {
            tracing::warn!("ended orders are forgotten later: {error}");
        }
    }
}
