//! The relay: holds shards by leases, publishes in order, marks after the broker's ack.
//!
//! Two relays may publish one event twice (a holder that slept past its lease): consumers drop the second by its
//! id. What can never happen is that an event is marked without an ack.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use souk_process::{Shutdown, failpoint};

use super::{
    Outbox,
    store::{self, Held, Waiting},
};
use crate::{
    db::{Db, StoreError},
    kafka::{KafkaError, Producer},
    random,
};

const LEASE: Duration = Duration::from_secs(5);
/// Events of one shard in one round.
const BATCH: u32 = 256;
/// From one round to the next: an event that comes alone leaves at once, those of a busy time in company, for a round has
/// its statements and its wait for the broker however many they are.
const PACE: Duration = Duration::from_millis(10);
/// While there was traffic in the last second, and else.
const POLL_BUSY: Duration = Duration::from_millis(20);
const POLL_IDLE: Duration = Duration::from_millis(200);
/// How long a relay goes on after a stop was requested when nobody closes its outbox.
const LINGER: Duration = Duration::from_secs(5);
/// What the last round and the return of the leases may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// Runs until a stop is requested and the outbox is closed; errors are logged and tried again.
pub async fn run(db: Db, outbox: Outbox, producer: Producer, instance: String, shutdown: Shutdown) {
    let mut relay = Relay::new(db, producer, &instance);
    tokio::select! {
        () = relay.follow(&outbox) => {}
        () = ended(&outbox, &shutdown) => {}
    }
    // What the last requests committed still goes out; then others may take over at once.
    let _ = tokio::time::timeout(FAREWELL, relay.step()).await;
    let _ = tokio::time::timeout(FAREWELL, store::release(&relay.db, &relay.holder)).await;
}

/// Requests under way at a stop still commit events, so the request alone does not end the relay.
async fn ended(outbox: &Outbox, shutdown: &Shutdown) {
    shutdown.requested().await;
    tokio::select! { () = outbox.closed() => {}, () = tokio::time::sleep(LINGER) => {} }
}

#[derive(Debug, thiserror::Error)]
enum RelayError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Kafka(#[from] KafkaError),
}

struct Relay {
    db: Db,
    producer: Producer,
    holder: String,
    lease: Duration,
    held: Vec<Held>,
    leased_at: Option<Instant>,
    /// The broker epoch that the held shards have entered.
    epoch: Option<String>,
}

impl Relay {
    fn new(db: Db, producer: Producer, instance: &str) -> Self {
        let unique = uuid::Uuid::from_bytes(random::bytes()).simple();
        // The column holds 64 characters: the instance's name is for people, the rest tells holders apart.
        let name: String = instance.chars().take(31).collect();
        let holder = format!("{name}-{unique}");
        let lease = failpoint::shortened("SOUK_OUTBOX_LEASE_MS", LEASE);
        Self { db, producer, holder, lease, held: Vec::new(), leased_at: None, epoch: None }
    }

    async fn follow(&mut self, outbox: &Outbox) {
        let mut last_traffic = Instant::now();
        loop {
            let next_round = Instant::now() + PACE;
            let pause = match self.step().await {
                Ok(published) if published > 0 => {
                    last_traffic = Instant::now();
                    // More may wait already.
                    if published >= BATCH as usize { Duration::ZERO } else { POLL_BUSY }
                }
                Ok(_) if last_traffic.elapsed() < Duration::from_secs(1) => POLL_BUSY,
                Ok(_) => POLL_IDLE,
                Err(error) => {
                    tracing::warn!("outbox relay will try again: {error}");
                    Duration::from_millis(500).mul_f64(random::jitter())
                }
            };
            tokio::select! {
                () = outbox.woken() => last_traffic = Instant::now(),
                () = tokio::time::sleep(pause) => {}
            }
            tokio::time::sleep_until(next_round.into()).await;
        }
    }

    /// One round over all held shards; gives how many events were published.
    async fn step(&mut self) -> Result<usize, RelayError> {
        self.keep_leases().await?;
        let waiting = store::waiting(&self.db, &self.held, BATCH).await?;
        if waiting.is_empty() {
            return Ok(0);
        }
        failpoint::hit("outbox.publishing");
        let records = waiting.iter().map(|row| (row.topic.as_str(), row.subject.as_str(), row.record.as_slice()));
        let outcomes = self.producer.send_each(records).await;
        failpoint::hit("outbox.acked");
        let (acked, failure) = split(&waiting, outcomes);
        let ids: Vec<i64> = acked.iter().map(|row| row.id).collect();
        let marked = store::mark(&self.db, &self.held, &ids).await?;
        failpoint::hit("outbox.marked");
        metrics::counter!("souk_outbox_published_total").increment(marked);
        if marked < acked.len() as u64 {
            // Somebody else holds a shard now: ask at once, and do not publish its rows again and again.
            self.leased_at = None;
        }
        match failure {
            Some(error) => Err(error.into()),
            None => Ok(waiting.len()),
        }
    }

    async fn keep_leases(&mut self) -> Result<(), RelayError> {
        if self.leased_at.is_some_and(|at| at.elapsed() < self.lease / 2) {
            return Ok(());
        }
        let asked_at = Instant::now();
        let before = std::mem::take(&mut self.held);
        self.leased_at = None;
        let held = store::lease(&self.db, &self.holder, self.lease.as_millis() as u64).await?;
        let epoch = self.producer.epoch().await?;
        let epoch_is_known = self.epoch.as_ref() == Some(&epoch);
        for shard in &held {
            if !epoch_is_known || !before.contains(shard) {
                let again = store::enter_epoch(&self.db, *shard, &epoch).await?;
                if again > 0 {
                    tracing::info!(
                        "broker epoch {epoch} is new: {again} kept events of shard {} go out again",
                        shard.shard
                    );
                }
            }
        }
        self.held = held;
        self.epoch = Some(epoch);
        self.leased_at = Some(asked_at);
        Ok(())
    }
}

/// What may be marked, and why the rest may not. A row behind a failed one of its subject goes out again with it,
/// so that each subject's versions stay in order.
fn split(waiting: &[Waiting], outcomes: Vec<Result<(), KafkaError>>) -> (Vec<&Waiting>, Option<KafkaError>) {
    let (mut acked, mut failure, mut behind) = (Vec::with_capacity(waiting.len()), None, HashSet::new());
    for (row, outcome) in waiting.iter().zip(outcomes) {
        match outcome {
            Ok(()) if !behind.contains(&row.subject) => acked.push(row),
            Ok(()) => {}
            Err(error) => {
                behind.insert(&row.subject);
                failure.get_or_insert(error);
            }
        }
    }
    (acked, failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: i64, subject: &str) -> Waiting {
        Waiting { id, topic: String::new(), subject: subject.to_owned(), record: Vec::new() }
    }

    #[test]
    fn nothing_is_marked_without_an_ack_or_ahead_of_its_elder() {
        let waiting = [row(1, "a"), row(2, "b"), row(3, "a"), row(4, "b")];
        let outcomes = vec![Ok(()), Err(KafkaError::Unreachable), Ok(()), Ok(())];
        let (acked, failure) = split(&waiting, outcomes);
        assert_eq!(acked.iter().map(|row| row.id).collect::<Vec<_>>(), [1, 3]);
        assert!(matches!(failure, Some(KafkaError::Unreachable)));
    }
}
