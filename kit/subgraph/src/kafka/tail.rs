//! The tail: every instance reads a topic from its end, without a group, and fans events out to its subscribers.
//!
//! It keeps nothing. A subscriber that was too slow, or a broker that lost or dropped its data, shows as `Gap`: read
//! the state again and go on from there.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rdkafka::consumer::StreamConsumer;
use souk_contracts::events::Envelope;
use souk_process::Shutdown;
use tokio::sync::{broadcast, watch};

use super::{KafkaError, settings::KafkaSettings, tail_reader};

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
    subjects: Subjects,
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
            // A place that is gone is told, not jumped over in silence.
            .set("auto.offset.reset", "error")
            .create()?;
        let (opened, open) = watch::channel(false);
        let tail = Self { subjects: Subjects::default(), open };
        shutdown.spawn(tail_reader::run(consumer, topic, tail.subjects.clone(), opened, shutdown.clone()));
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
        let receiver = self.subjects.subscribe(subject);
        Subscription { receiver, subject: subject.to_owned(), subjects: self.subjects.clone() }
    }
}

/// One subscriber's end; its drop forgets the subject when it was the last.
#[derive(Debug)]
pub struct Subscription {
    receiver: broadcast::Receiver<TailMessage>,
    subject: String,
    subjects: Subjects,
}

impl Subscription {
    /// The next event, or None when the process stops.
    pub async fn next(&mut self) -> Option<TailMessage> {
        match self.receiver.recv().await {
            Ok(message) => Some(message),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(TailMessage::Gap),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.subjects.forget(&self.subject);
    }
}

/// Subscribers by aggregate; None when the tail has ended. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Subjects(Arc<Mutex<Option<Senders>>>);

type Senders = HashMap<String, broadcast::Sender<TailMessage>>;

impl Default for Subjects {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Some(HashMap::new()))))
    }
}

impl Subjects {
    fn subscribe(&self, subject: &str) -> broadcast::Receiver<TailMessage> {
        let channel = || broadcast::channel(BUFFER).0;
        match self.lock().as_mut() {
            Some(senders) => senders.entry(subject.to_owned()).or_insert_with(channel).subscribe(),
            // Its sender is dropped at once: this subscriber ends as all others have.
            None => channel().subscribe(),
        }
    }

    fn forget(&self, subject: &str) {
        let mut subjects = self.lock();
        let Some(senders) = subjects.as_mut() else { return };
        // The receiver that is being dropped still counts.
        if senders.get(subject).is_some_and(|sender| sender.receiver_count() <= 1) {
            senders.remove(subject);
        }
    }

    pub(super) fn pass_on(&self, event: Envelope) {
        let sender = self.lock().as_ref().and_then(|senders| senders.get(&event.subject).cloned());
        if let Some(sender) = sender {
            // No receiver any more is no error.
            let _ = sender.send(TailMessage::Event(Arc::new(event)));
        }
    }

    /// Tells every subscriber that it may have missed something.
    pub(super) fn tell_gap(&self) {
        let senders: Vec<_> = self.lock().iter().flat_map(HashMap::values).cloned().collect();
        for sender in senders {
            let _ = sender.send(TailMessage::Gap);
        }
    }

    /// Ends every subscriber, also those that come later.
    pub(super) fn end(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<Senders>> {
        // Every change under the lock is one insert or removal, so a panic leaves the map whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
