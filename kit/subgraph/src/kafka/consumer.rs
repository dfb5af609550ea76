//! The consumer with effects: each event's effect and its inbox row are one transaction, the offset is committed
//! after. A crash between the two delivers the event again, and the inbox drops it.

use std::{future::Future, time::Duration};

use rdkafka::consumer::{CommitMode, Consumer as _, StreamConsumer};
use souk_contracts::events::{Envelope, EnvelopeError};
use souk_process::{Shutdown, failpoint};

use super::{KafkaError, Producer, settings::KafkaSettings, worker::Worker};
use crate::{
    clients::ClientError,
    db::{Db, StoreError, TransactionError, Tx},
};

/// After a kill -9 the group waits this long for the dead member.
const SESSION: Duration = Duration::from_secs(6);

/// A member that does not ask for records this long leaves its group and joins again. It is also how long a member
/// waits for the answer to its JoinGroup, and a rebalance for a member: a broker that stood still past the session
/// throws members out without answering them, so the client's default of five minutes would be five minutes without
/// events.
const POLL: Duration = Duration::from_secs(20);

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
        .set("session.timeout.ms", failpoint::shortened("SOUK_KAFKA_SESSION_MS", SESSION).as_millis().to_string())
        .set("max.poll.interval.ms", POLL.as_millis().to_string())
        .set("heartbeat.interval.ms", "500")
        .create()?;
    consumer.subscribe(H::TOPICS)?;
    let worker = Worker::new(db, producer, handler, shutdown.clone());
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
