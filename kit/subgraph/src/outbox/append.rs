//! Adding an event to the transaction of its change.

use std::sync::Arc;

use souk_contracts::{
    EventId,
    events::{Envelope, EnvelopeError, EventBody},
};
use souk_process::clock;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::store;
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
        let envelope = envelope(body)?;
        store::insert(tx, B::TOPIC, std::slice::from_ref(&envelope)).await?;
        Ok(envelope)
    }

    /// The same for events of several aggregates, with one statement.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn append_all<B: EventBody>(&self, tx: &mut Tx, bodies: &[B]) -> Result<(), StoreError> {
        let envelopes = bodies.iter().map(envelope).collect::<Result<Vec<_>, _>>()?;
        store::insert(tx, B::TOPIC, &envelopes).await
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

fn envelope<B: EventBody>(body: &B) -> Result<Envelope, EnvelopeError> {
    Envelope::new(EventId::new(clock::now(), random::bytes()), body)
}
