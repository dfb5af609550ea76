//! The worker: takes due mail under a lease, sends it, settles it. A crash in between sends once more, with the
//! same Message-ID; several replicas never take one message at once, since a lease outlives any sending.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use souk_process::Shutdown;
use souk_subgraph::{
    StoreError,
    clients::{ClientError, ServiceClient},
    db::{Db, in_transaction},
};
use tokio::sync::Notify;

use super::{MailError, Outbound};
use crate::{
    clients::contact,
    store::{self, NotificationRow},
};

/// Messages sent at once.
const BATCH: u32 = 10;
const POLL: Duration = Duration::from_secs(1);
/// What finding the address and handing over the mail may take.
const SENDING: Duration = Duration::from_secs(30);
/// How long a worker that died keeps its messages from the others.
const LEASE_S: u32 = 60;
/// Tries of one message, about a day's worth; a service that cannot be asked for the address is waited for beyond.
const TRIES: u32 = 100;

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
        if !store::any_due(&self.db).await? {
            return Ok(0);
        }
        let due = in_transaction(&self.db, |tx| {
            Box::pin(async move {
                let due = store::lock_due(tx, BATCH).await?;
                for (row, _) in &due {
                    store::lease(tx, row.id, LEASE_S).await?;
                }
                Ok::<_, StoreError>(due)
            })
        })
        .await?;
        let settled = join_all(due.iter().map(|(row, attempts)| self.send(row, *attempts))).await;
        // One that could not be settled is sent again when its lease ends; the others are done.
        settled.into_iter().collect::<Result<(), _>>()?;
        Ok(due.len())
    }

    async fn send(&self, row: &NotificationRow, attempts: u32) -> Result<(), StoreError> {
        let (id, order) = (row.id, row.order);
        let outcome = tokio::time::timeout(SENDING, self.deliver(row)).await.unwrap_or(Err(NotSent::TimedOut));
        let fault = match outcome {
            Ok(()) => {
                metrics::counter!("souk_mails_sent_total", "kind" => row.kind.clone()).increment(1);
                return store::settle(&self.db, id, "SENT").await;
            }
            Err(fault) => fault,
        };
        if fault.is_final(attempts + 1) {
            tracing::warn!(notification.id = %id, "giving up {id} of {order}: {fault}");
            return store::settle(&self.db, id, "GIVEN_UP").await;
        }
        tracing::warn!(notification.id = %id, "{id} of {order} could not be sent and will be tried again: {fault}");
        store::postpone(&self.db, id, back_off_s(attempts)).await
    }

    async fn deliver(&self, row: &NotificationRow) -> Result<(), NotSent> {
        let to = contact(&self.client, row.order).await?.ok_or(NotSent::Nobody)?;
        Ok(self.outbound.send(row, &to).await?)
    }
}

/// Why a message did not leave.
#[derive(Debug, thiserror::Error)]
enum NotSent {
    #[error("nobody to write to")]
    Nobody,
    #[error("no answer in time")]
    TimedOut,
    #[error(transparent)]
    Contact(#[from] ClientError),
    #[error(transparent)]
    Mail(#[from] MailError),
}

impl NotSent {
    fn is_final(&self, tries: u32) -> bool {
        match self {
            Self::Nobody => true,
            Self::Contact(ClientError::Unreachable { .. }) => false,
            Self::Mail(error) if error.is_final() => true,
            Self::TimedOut | Self::Contact(_) | Self::Mail(_) => tries >= TRIES,
        }
    }
}

/// 5 s, 10 s, 20 s ... at most 15 min.
fn back_off_s(attempts: u32) -> u32 {
    (5_u32 << attempts.min(8)).min(900)
}
