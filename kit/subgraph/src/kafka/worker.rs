//! What a consumer does with records: take each once, many in one transaction where nothing is amiss with them, fill
//! gaps before one, and never stand still for a record that cannot be taken.

use std::{borrow::Cow, panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt as _;
use rdkafka::{Message as _, message::BorrowedMessage};
use souk_contracts::events::{DEAD_CONSUMER, DEAD_REASON, Envelope, dead_letter_topic};
use souk_process::{Shutdown, failpoint};

use super::{EventHandler, HandleError, Producer};
use crate::{
    db::{Db, Runs, in_transaction_of},
    inbox::{Admission, admit, new_ones},
    random,
};

/// Tries of an event that fails for its own sake before it goes to the dead-letter topic, and of an owner that
/// answers a question about a gap with a refusal.
const TRIES: u32 = 4;
/// The pause after a first failure; it doubles with each further one, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Characters of a dead letter's reason: the record itself must not grow past what a broker takes.
const LONGEST_REASON: usize = 1_000;

pub(super) struct Worker<H> {
    db: Db,
    producer: Producer,
    handler: H,
    shutdown: Shutdown,
}

/// A record, read as an event.
pub(super) struct Record<'a> {
    event: Result<Envelope, HandleError>,
    letter: Letter<'a>,
}

impl<'a> Record<'a> {
    pub(super) fn of(message: &'a BorrowedMessage<'_>) -> Self {
        let record = message.payload().unwrap_or_default();
        let key = String::from_utf8_lossy(message.key().unwrap_or_default());
        let letter = Letter { topic: message.topic(), key, record: record.into() };
        Self { event: Envelope::parse(record).map_err(HandleError::from), letter }
    }
}

/// A record as it would go to the dead-letter topic.
struct Letter<'a> {
    topic: &'a str,
    key: Cow<'a, str>,
    record: Cow<'a, [u8]>,
}

/// A stop was requested before the work was done.
struct Stopped;

/// Pauses between tries, longer each time.
struct BackOff<'a> {
    shutdown: &'a Shutdown,
    pause: Duration,
}

impl<'a> BackOff<'a> {
    fn new(shutdown: &'a Shutdown) -> Self {
        Self { shutdown, pause: FIRST_PAUSE }
    }

    async fn pause(&mut self) -> Result<(), Stopped> {
        let pause = self.pause.mul_f64(random::jitter());
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        if self.shutdown.pause(pause).await { Ok(()) } else { Err(Stopped) }
    }
}

/// The point was passed once for each event.
fn passed(point: &str, consumer: &str, events: usize) {
    for _ in 0..events {
        failpoint::hit_of(point, consumer);
    }
}

impl<H: EventHandler> Worker<H> {
    pub(super) fn new(db: Db, producer: Producer, handler: H, shutdown: Shutdown) -> Self {
        Self { db, producer, handler, shutdown }
    }

    /// Takes what can be taken in one transaction, and tells of each record whether it was. Where one fails, none is: the
    /// others do not suffer from it when each is taken alone. So the transaction runs once, also when it waited in vain for
    /// a row that somebody keeps, for it keeps those of many.
    pub(super) async fn take_together(&self, records: &[Record<'_>]) -> Vec<bool> {
        let readable: Vec<(usize, &Envelope)> = records
            .iter()
            .enumerate()
            .filter_map(|(place, record)| record.event.as_ref().ok().map(|event| (place, event)))
            .collect();
        let mut taken = vec![false; records.len()];
        if readable.len() < 2 {
            return taken;
        }
        let events: Vec<&Envelope> = readable.iter().map(|(_, event)| *event).collect();
        match self.apply(&events, false, Runs::Once).await {
            Ok(admissions) => {
                for ((place, _), admission) in readable.iter().zip(admissions) {
                    taken[*place] = !matches!(admission, Admission::Gap { .. });
                }
            }
            Err(error) => tracing::debug!("{} takes {} events one by one: {error}", H::CONSUMER, events.len()),
        }
        taken
    }

    /// Takes one record; false when a stop was requested before it could be taken.
    pub(super) async fn take_alone(&self, record: &Record<'_>) -> bool {
        let taken = match &record.event {
            Ok(event) => self.take_event(event, &record.letter).await,
            Err(error) => self.bury(&record.letter, error).await,
        };
        taken.is_ok()
    }

    /// Takes an event and, before it, what is missing between it and what was taken.
    async fn take_event(&self, event: &Envelope, letter: &Letter<'_>) -> Result<(), Stopped> {
        let mut asked_at = None;
        while let Admission::Gap { have } = self.settle(event, letter, false).await? {
            // Asked once already and no further: the owner has nothing older, or what it has cannot be taken.
            if asked_at.replace(have) == Some(have) {
                self.settle(event, letter, true).await?;
                return Ok(());
            }
            metrics::counter!("souk_event_gaps_total", "consumer" => H::CONSUMER).increment(1);
            for missed in self.ask_owner(event, have).await? {
                let record = serde_json::to_vec(&missed).unwrap_or_default().into();
                let letter = Letter { topic: letter.topic, key: missed.subject.as_str().into(), record };
                self.settle(&missed, &letter, true).await?;
            }
        }
        Ok(())
    }

    /// Events between `have` and `event`, oldest first; none when the owner does not give them.
    async fn ask_owner(&self, event: &Envelope, have: u64) -> Result<Vec<Envelope>, Stopped> {
        let (mut tries, mut back_off) = (0, BackOff::new(&self.shutdown));
        loop {
            let error = match self.handler.missing(&event.subject, have).await {
                Ok(mut missed) => {
                    missed.retain(|missed| missed.version > have && missed.version < event.version);
                    missed.sort_by_key(|missed| missed.version);
                    return Ok(missed);
                }
                Err(error) => error,
            };
            tracing::warn!(event.key = %event.subject, "{} asks for the events of {} again: {error}", H::CONSUMER, event.subject);
            tries += u32::from(!error.is_passing());
            if tries == TRIES {
                // Every body is a whole statement, so going on is better than standing still for all aggregates.
                tracing::error!(event.key = %event.subject, "{} passes over a gap of {}: {error}", H::CONSUMER, event.subject);
                return Ok(Vec::new());
            }
            back_off.pause().await?;
        }
    }

    /// Tries until the effect is committed, found to be there already, or given up to the dead-letter topic. The gate
    /// stays below a dead letter, so that it can be replayed until a newer event of its aggregate was taken.
    async fn settle(&self, event: &Envelope, letter: &Letter<'_>, accept_gap: bool) -> Result<Admission, Stopped> {
        let (mut tries, mut back_off) = (0, BackOff::new(&self.shutdown));
        loop {
            let error = match self.apply(&[event], accept_gap, Runs::Again).await {
                Ok(admissions) => return Ok(admissions.first().copied().unwrap_or(Admission::Seen)),
                Err(error) => error,
            };
            tracing::warn!(event.key = %event.subject, "{} tries {} again: {error}", H::CONSUMER, event.subject);
            tries += u32::from(!error.is_passing());
            if tries == TRIES {
                self.bury(letter, &error).await?;
                return Ok(Admission::Seen);
            }
            back_off.pause().await?;
        }
    }

    /// The effects of all that is new among `events`, in one transaction.
    async fn apply(&self, events: &[&Envelope], accept_gap: bool, runs: Runs) -> Result<Vec<Admission>, HandleError> {
        // A panic in a handler is a fault of one event; the consumer lives on.
        let applied = AssertUnwindSafe(self.transaction(events, accept_gap, runs)).catch_unwind().await;
        let admissions = applied.unwrap_or_else(|_| Err(HandleError::Poison("its handler panicked".to_owned())))?;
        let taken = admissions.iter().filter(|admission| **admission == Admission::New).count();
        if taken > 0 {
            passed("consumer.committed", H::CONSUMER, taken);
            self.handler.committed();
            metrics::counter!("souk_events_taken_total", "consumer" => H::CONSUMER).increment(taken as u64);
        }
        Ok(admissions)
    }

    async fn transaction(
        &self,
        events: &[&Envelope],
        accept_gap: bool,
        runs: Runs,
    ) -> Result<Vec<Admission>, HandleError> {
        let handler = &self.handler;
        in_transaction_of(&self.db, runs, |tx| {
            Box::pin(async move {
                let admissions = admit(tx, H::CONSUMER, events, accept_gap).await?;
                let new = new_ones(events, &admissions);
                if !new.is_empty() {
                    handler.handle_all(tx, &new).await?;
                    passed("consumer.uncommitted", H::CONSUMER, new.len());
                }
                Ok::<_, HandleError>(admissions)
            })
        })
        .await
    }

    /// Moves a record that cannot be taken to the dead-letter topic.
    async fn bury(&self, letter: &Letter<'_>, error: &HandleError) -> Result<(), Stopped> {
        let (topic, key) = (dead_letter_topic(letter.topic), &letter.key);
        tracing::error!(event.key = %key, "{} cannot take an event of {key}: {error}; moving it to {topic}", H::CONSUMER);
        metrics::counter!("souk_events_dead_total", "consumer" => H::CONSUMER).increment(1);
        let mut back_off = BackOff::new(&self.shutdown);
        let reason: String = error.to_string().chars().take(LONGEST_REASON).collect();
        let headers = [(DEAD_CONSUMER, H::CONSUMER), (DEAD_REASON, reason.as_str())];
        while let Err(error) = self.producer.send_dead(&topic, key, &letter.record, headers).await {
            tracing::warn!("{topic} does not take a dead letter yet: {error}");
            back_off.pause().await?;
        }
        Ok(())
    }
}
