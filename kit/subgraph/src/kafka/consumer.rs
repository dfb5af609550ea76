//! The consumer with effects: an event's effect and its inbox row are one transaction, often with those of the events
//! that came with it, and the offset is committed after. A crash between the two delivers the event again, and the inbox
//! drops it.

use std::future::Future;

use souk_contracts::events::{Envelope, EnvelopeError};
use souk_process::Shutdown;

use super::{
    KafkaError, Producer,
    member::Membership,
    settings::KafkaSettings,
    worker::{Record, Worker},
};
use crate::{
    clients::ClientError,
    db::{Db, StoreError, TransactionError, Tx},
};

#[derive(Debug, thiserror::Error)]
pub enum HandleError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another service is away: tried again for as long as it takes.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The event itself cannot be taken, however often it is tried.
    #[error("{0}")]
    Poison(String),
}

impl From<EnvelopeError> for HandleError {
    fn from(error: EnvelopeError) -> Self {
        Self::Poison(error.to_string())
    }
}

impl TransactionError for HandleError {
    fn store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::Client(_) | Self::Poison(_) => None,
        }
    }
}

impl HandleError {
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Store(error) => error.is_unavailable(),
            Self::Client(error) => matches!(error, ClientError::Unreachable { .. }),
            Self::Poison(_) => false,
        }
    }
}

/// What a service does with events. One value is one consumer: its name is the group and the inbox.
pub trait EventHandler: Send + Sync + 'static {
    /// e.g. `inventory.orders`; Kafka group `souk.<name>`.
    const CONSUMER: &'static str;
    const TOPICS: &'static [&'static str];

    /// The effect, in the transaction that records the event. No network calls.
    fn handle(&self, tx: &mut Tx, event: &Envelope) -> impl Future<Output = Result<(), HandleError>> + Send;

    /// The effects of several events, in their order, in one transaction: as [`handle`](Self::handle) of each, unless fewer
    /// statements can do it.
    fn handle_all(&self, tx: &mut Tx, events: &[&Envelope]) -> impl Future<Output = Result<(), HandleError>> + Send {
        async move {
            for event in events {
                self.handle(tx, event).await?;
            }
            Ok(())
        }
    }

    /// Events of `subject` newer than version `have`, asked from their owner (`eventsSince`). None left: the gap is
    /// passed over, since every body is a whole statement.
    fn missing(&self, subject: &str, have: u64) -> impl Future<Output = Result<Vec<Envelope>, HandleError>> + Send;

    /// After the commit, e.g. to wake the outbox.
    fn committed(&self) {}
}

/// Consumes until a stop is requested.
///
/// # Errors
/// Settings that librdkafka refuses. A broker that is away is waited for.
pub async fn consume<H: EventHandler>(
    settings: &KafkaSettings,
    db: Db,
    producer: Producer,
    handler: H,
    shutdown: Shutdown,
) -> Result<(), KafkaError> {
    let membership = Membership::join(settings, H::CONSUMER, H::TOPICS)?;
    let worker = Worker::new(db, producer, handler, shutdown.clone());
    let mut member = membership.member();
    'taking: loop {
        let messages = tokio::select! {
            biased;
            () = shutdown.requested() => break,
            messages = member.next() => messages,
        };
        let records: Vec<Record<'_>> = messages.iter().map(Record::of).collect();
        let together = member.polling(worker.take_together(&records)).await;
        let alone = together.iter().enumerate().filter(|(_, taken)| !**taken).map(|(place, _)| place);
        for place in alone {
            // No offset is committed past a record that was not taken.
            if shutdown.is_requested() || !member.polling(worker.take_alone(&records[place])).await {
                member.taken(&messages[..place]);
                break 'taking;
            }
            // At once, for the next one may take long, and what went to the dead-letter topic would go there again.
            member.taken(&messages[..=place]);
        }
        if together.last() == Some(&true) {
            member.taken(&messages);
        }
    }
    drop(member);
    membership.leave().await;
    Ok(())
}
