//! The worker: takes due mail under a lease, sends it, settles it. A crash in between sends once more, with the
//! same Message-ID; several replicas never take one message at once.

use std::{sync::Arc, time::Duration};

use souk_process::Shutdown;
use souk_subgraph::{
    StoreError,
    clients::ServiceClient,
    db::{Db, in_transaction},
};
use tokio::sync::Notify;

use super::Outbound;
use crate::{clients::contact, store};

const BATCH: u32 = 20;
const POLL: Duration = Duration::from_secs(1);
/// Tries of one message; the last waits about an hour after the first.
const TRIES: u32 = 10;

pub struct Worker {
    pub db: Db,
    pub client: ServiceClient,
    pub outbound: Outbound,
    /// Told after a message was written by this process.
    pub written: Arc<Notify>,
}

impl Worker {
    /// Runs until a stop is requested.
    pub async fn run(self, shutdown: Shutdown) {
        while !shutdown.is_requested() {
            match self.step().await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => tracing::warn!("mail will be tried again: {error}"),
            }
            tokio::select! {
                () = self.written.notified() => {}
                () = tokio::time::sleep(POLL) => {}
                () = shutdown.requested() => {}
            }
        }
    }

    /// One round: what is due, at most a batch. Gives how many were taken.
    async fn step(&self) -> Result<usize, StoreError> {
        let due = in_transaction(&self.db, |tx| {
            Box::pin(async move {
                let due = store::lock_due(tx, BATCH).await?;
                for (row, attempts) in &due {
                    store::postpone(tx, row.id, back_off_s(*attempts)).await?;
                }
                Ok::<_, StoreError>(due)
            })
        })
        .await?;
        for (row, attempts) in &due {
            self.send(row, *attempts).await?;
        }
        Ok(due.len())
    }

    async fn send(&self, row: &store::NotificationRow, attempts: u32) -> Result<(), StoreError> {
        let (id, order) = (row.id, row.order);
        let failed = match contact(&self.client, order).await {
            Ok(Some(to)) => match self.outbound.send(row, &to).await {
                Ok(()) => {
                    metrics::counter!("souk_mails_sent_total", "kind" => row.kind.clone()).increment(1);
                    return store::settle(&self.db, id, "SENT").await;
                }
                Err(error) if error.is_final() => {
                    tracing::warn!(notification.id = %id, "giving up {id} of {order}: {error}");
                    return store::settle(&self.db, id, "GIVEN_UP").await;
                }
                Err(error) => error.to_string(),
            },
            Ok(None) => {
                tracing::warn!(notification.id = %id, "giving up {id}: {order} has nobody to write to");
                return store::settle(&self.db, id, "GIVEN_UP").await;
            }
            Err(error) => error.to_string(),
        };
        tracing::warn!(notification.id = %id, "{id} of {order} could not be sent: {failed}");
        if attempts + 1 >= TRIES {
            return store::settle(&self.db, id, "GIVEN_UP").await;
        }
        Ok(())
    }
}

/// 5 s, 10 s, 20 s ... at most 15 min; also how long a worker that died keeps a message from the others.
fn back_off_s(attempts: u32) -> u32 {
    (5_u32 << attempts.min(8)).min(900)
}
