//! The tail: every instance reads a topic from its end, without a group, and fans events out to its subscribers.
//!
//! It keeps nothing. A subscriber that was too slow, or a broker that lost its data, shows as `Gap`: read the
//! state again and go on from there.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rdkafka::{
    Message as _, Offset, TopicPartitionList,
    consumer::{Consumer as _, StreamConsumer},
};
use souk_contracts::events::Envelope;
use souk_process::Shutdown;
use tokio::sync::{broadcast, watch};

use super::{KafkaError, settings::KafkaSettings};

/// Events kept for a slow subscriber.
const BUFFER: usize = 64;

#[derive(Debug, Clone)]
pub enum TailMessage {
    Event(Arc<Envelope>),
    /// Some events did not reach this subscriber.
    Gap,
}

/// A tailed topic; clones share it.
#[derive(Debug, Clone)]
pub struct Tail {
    subjects: Arc<Mutex<HashMap<String, broadcast::Sender<Arc<Envelope>>>>>,
    open: watch::Receiver<bool>,
}

impl Tail {
    /// Starts tailing `topic` in the background.
    ///
    /// # Errors
    /// Settings that librdkafka refuses.
    pub fn start(settings: &KafkaSettings, topic: &'static str, shutdown: &Shutdown) -> Result<Self, KafkaError> {
        let consumer: StreamConsumer = settings
            .consumer()
            // Required by librdkafka, never joined: the tail is assigned by hand.
            .set("group.id", format!("souk.tail.{topic}"))
            .set("auto.offset.reset", "latest")
            .create()?;
        let (opened, open) = watch::channel(false);
        let tail = Self { subjects: Arc::default(), open };
        shutdown.spawn(run(consumer, topic, tail.subjects.clone(), opened, shutdown.clone()));
        Ok(tail)
    }

    /// Waits until the topic is read from a fixed place: from then on no event is missed.
    pub async fn opened(&self) {
        let mut open = self.open.clone();
        // An error means that the tail ended at a stop; subscribers end by themselves then.
        let _ = open.wait_for(|open| *open).await;
    }

    /// Events of one aggregate from now on. Subscribe first, then read the state.
    pub fn subscribe(&self, subject: &str) -> Subscription {
        let mut subjects = self.subjects.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = subjects.entry(subject.to_owned()).or_insert_with(|| broadcast::channel(BUFFER).0);
        Subscription { receiver: sender.subscribe(), subject: subject.to_owned(), subjects: self.subjects.clone() }
    }
}

/// One subscriber's end; its drop forgets the subject when it was the last.
#[derive(Debug)]
pub struct Subscription {
    receiver: broadcast::Receiver<Arc<Envelope>>,
    subject: String,
    subjects: Arc<Mutex<HashMap<String, broadcast::Sender<Arc<Envelope>>>>>,
}

impl Subscription {
    /// The next event, or None when the process stops.
    pub async fn next(&mut self) -> Option<TailMessage> {
        match self.receiver.recv().await {
            Ok(event) => Some(TailMessage::Event(event)),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(TailMessage::Gap),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut subjects = self.subjects.lock().unwrap_or_else(PoisonError::into_inner);
        // This receiver still counts.
        if subjects.get(&self.subject).is_some_and(|sender| sender.receiver_count() <= 1) {
            subjects.remove(&self.subject);
        }
    }
}

type Subjects = Arc<Mutex<HashMap<String, broadcast::Sender<Arc<Envelope>>>>>;

async fn run(
    consumer: StreamConsumer,
    topic: &'static str,
    subjects: Subjects,
    opened: watch::Sender<bool>,
    shutdown: Shutdown,
) {
    let consumer = Arc::new(consumer);
    while !shutdown.is_requested() {
        match assign_end(consumer.clone(), topic).await {
            Ok(()) => break,
            Err(error) => {
                tracing::debug!("the tail of {topic} waits for the broker: {error}");
                shutdown.pause(Duration::from_millis(300)).await;
            }
        }
    }
    let _ = opened.send(true);
    loop {
        let message = tokio::select! {
            message = consumer.recv() => message,
            () = shutdown.requested() => break,
        };
        match message {
            Ok(message) => match Envelope::parse(message.payload().unwrap_or_default()) {
                Ok(event) => pass_on(&subjects, event),
                Err(error) => tracing::warn!("the tail of {topic} passes over {}: {error}", message.offset()),
            },
            Err(error) => {
                tracing::debug!("the tail of {topic} waits for the broker: {error}");
                shutdown.pause(Duration::from_millis(100)).await;
            }
        }
    }
    // Closes every subscriber's channel.
    subjects.lock().unwrap_or_else(PoisonError::into_inner).clear();
}

/// Assigns every partition at its present end, as a number: what is produced after this call is read.
async fn assign_end(consumer: Arc<StreamConsumer>, topic: &'static str) -> Result<(), KafkaError> {
    let ask = move || -> Result<(), KafkaError> {
        let limit = Duration::from_secs(3);
        let metadata = consumer.fetch_metadata(Some(topic), limit)?;
        let partitions =
            metadata.topics().iter().find(|found| found.name() == topic).map_or(&[][..], |found| found.partitions());
        if partitions.is_empty() {
            return Err(KafkaError::Unreachable);
        }
        let mut assignment = TopicPartitionList::new();
        for partition in partitions {
            let (_, end) = consumer.fetch_watermarks(topic, partition.id(), limit)?;
            assignment.add_partition_offset(topic, partition.id(), Offset::Offset(end))?;
        }
        consumer.assign(&assignment)?;
        Ok(())
    };
    tokio::task::spawn_blocking(ask).await.map_err(|_| KafkaError::Unreachable)?
}

fn pass_on(subjects: &Subjects, event: Envelope) {
    let sender = subjects.lock().unwrap_or_else(PoisonError::into_inner).get(&event.subject).cloned();
    if let Some(sender) = sender {
        // No receiver any more is no error.
        let _ = sender.send(Arc::new(event));
    }
}
