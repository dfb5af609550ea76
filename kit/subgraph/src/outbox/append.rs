//! Adding an event to the transaction of its change.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use souk_contracts::{
    EventId,
    events::{Envelope, EventBody},
};
use souk_process::clock;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{SHARDS, store};
use crate::{
    db::{StoreError, Tx},
    random,
};

/// The way out for events; clones share one wake-up.
#[derive(Debug, Clone, Default)]
pub struct Outbox {
    wake: Arc<Notify>,
    closed: CancellationToken,
}

impl Outbox {
    /// Inserts the event. The caller holds the aggregate's row lock, so versions enter in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn append<B: EventBody>(&self, tx: &mut Tx, body: &B) -> Result<Envelope, StoreError> {
        let id = EventId::new(clock::now(), random::bytes());
        let envelope = Envelope::new(id, body)?;
        store::insert(tx, B::TOPIC, shard_of(&envelope.subject), &envelope).await?;
        Ok(envelope)
    }

    /// Wakes this process's relay; call it after the commit. Without it the event leaves at the next poll.
    pub fn committed(&self) {
        self.wake.notify_one();
    }

    /// Says that this process commits nothing more, so that its relay may stop after what is there.
    pub fn close(&self) {
        self.closed.cancel();
    }

    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }

    pub(super) async fn closed(&self) {
        self.closed.cancelled().await;
    }
}

/// Stable over builds and machines: all versions of one aggregate pass through one shard, in order.
fn shard_of(subject: &str) -> u8 {
    Sha256::digest(subject)[0] % SHARDS
}
