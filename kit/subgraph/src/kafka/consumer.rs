//! The consumer with effects: each event's effect and its inbox row are one transaction, the offset is committed
//! after. A crash between the two delivers the event again, and the inbox drops it.

use std::{future::Future, time::Duration};

use rdkafka::{
    Message as _,
    consumer::{CommitMode, Consumer as _, StreamConsumer},
    message::BorrowedMessage,
};
use souk_contracts::events::{Envelope, EnvelopeError, dead_letter_topic};
use souk_process::Shutdown;

use super::{KafkaError, Producer, settings::KafkaSettings};
use crate::{
    clients::ClientError,
    db::{Db, StoreError, TransactionError, Tx, in_transaction},
    inbox::{Admission, admit},
    random,
};

/// Tries of an event that fails for its own sake before it goes to the dead-letter topic.
const TRIES: u32 = 3;

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
    fn is_passing(&self) -> bool {
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
    let consumer: StreamConsumer = settings
        .consumer()
        .set("group.id", format!("souk.{}", H::CONSUMER))
        .set("auto.offset.reset", "earliest")
        // After a kill -9 the group waits this long for the dead member.
        .set("session.timeout.ms", "6000")
        .set("heartbeat.interval.ms", "500")
        .create()?;
    consumer.subscribe(H::TOPICS)?;
    let worker = Worker { db, producer, handler, shutdown: shutdown.clone() };
    let mut away = false;
    loop {
        let message = tokio::select! {
            message = consumer.recv() => message,
            () = shutdown.requested() => return Ok(()),
        };
        match message {
            Ok(message) => {
                away = false;
                if worker.take(&message).await {
                    // An offset that is not committed costs a second delivery, which changes nothing.
                    let _ = consumer.commit_message(&message, CommitMode::Async);
                }
            }
            Err(error) => {
                if !std::mem::replace(&mut away, true) {
                    tracing::warn!("{} waits for the broker: {error}", H::CONSUMER);
                }
                shutdown.pause(Duration::from_millis(200)).await;
            }
        }
    }
}

struct Worker<H> {
    db: Db,
    producer: Producer,
    handler: H,
    shutdown: Shutdown,
}

impl<H: EventHandler> Worker<H> {
    /// Takes one record; false when a stop was requested before it could be taken.
    async fn take(&self, message: &BorrowedMessage<'_>) -> bool {
        let mut tries = 0;
        loop {
            match self.attempt(message.payload().unwrap_or_default()).await {
                Ok(()) => return true,
                Err(error) if error.is_passing() => {
                    tracing::warn!("{} tries again: {error}", H::CONSUMER);
                    if !self.shutdown.pause(Duration::from_millis(300).mul_f64(random::jitter())).await {
                        return false;
                    }
                }
                Err(error) => {
                    tries += 1;
                    if tries >= TRIES && self.bury(message, &error).await {
                        return true;
                    }
                    if self.shutdown.is_requested() {
                        return false;
                    }
                }
            }
        }
    }

    async fn attempt(&self, record: &[u8]) -> Result<(), HandleError> {
        let event = Envelope::parse(record)?;
        if let Admission::Gap { have } = self.apply(&event, false).await? {
            metrics::counter!("souk_event_gaps_total", "consumer" => H::CONSUMER).increment(1);
            for missed in self.handler.missing(&event.subject, have).await? {
                self.apply(&missed, true).await?;
            }
            self.apply(&event, true).await?;
        }
        Ok(())
    }

    async fn apply(&self, event: &Envelope, accept_gap: bool) -> Result<Admission, HandleError> {
        let handler = &self.handler;
        let admission = in_transaction(&self.db, |tx| {
            Box::pin(async move {
                let admission = admit(tx, H::CONSUMER, event, accept_gap).await?;
                if admission == Admission::New {
                    handler.handle(tx, event).await?;
                }
                Ok::<_, HandleError>(admission)
            })
        })
        .await?;
        if admission == Admission::New {
            self.handler.committed();
            metrics::counter!("souk_events_taken_total", "consumer" => H::CONSUMER).increment(1);
        }
        Ok(admission)
    }

    /// Moves a record that cannot be taken to the dead-letter topic; false when that failed too.
    async fn bury(&self, message: &BorrowedMessage<'_>, error: &HandleError) -> bool {
        let topic = dead_letter_topic(message.topic());
        let key = String::from_utf8_lossy(message.key().unwrap_or_default()).into_owned();
        tracing::error!(
            event.key = %key,
            "{} cannot take {key} at {}/{}@{}: {error}; moving it to {topic}",
            H::CONSUMER, message.topic(), message.partition(), message.offset(),
        );
        metrics::counter!("souk_events_dead_total", "consumer" => H::CONSUMER).increment(1);
        let record = (topic.as_str(), key.as_str(), message.payload().unwrap_or_default());
        self.producer.send_all([record]).await.is_ok()
    }
}
