//! The upkeep: refresh tokens past their time are forgotten, and sessions that have none left.

use std::time::Duration;

use souk_process::Shutdown;
use souk_subgraph::{StoreError, db::Db};

use super::session::REFRESH_DAYS;
use crate::store;

const EVERY: Duration = Duration::from_secs(600);

/// Runs until a stop is requested: at once and every ten minutes, a little at a time. Replicas may do it at once.
pub async fn forget_expired(db: Db, shutdown: Shutdown) {
    loop {
        if let Err(error) = round(&db, &shutdown).await {
            tracing::warn!("expired sessions will be forgotten later: {error}");
        }
        if !shutdown.pause(EVERY).await {
            return;
        }
    }
}

async fn round(db: &Db, shutdown: &Shutdown) -> Result<(), StoreError> {
    let mut forgotten = 1;
    while forgotten > 0 && !shutdown.is_requested() {
        // Used tokens stay until they expire: one that comes again betrays a copy.
        forgotten = store::forget_expired_tokens(db).await? + store::forget_empty_sessions(db, REFRESH_DAYS).await?;
    }
    Ok(())
}
