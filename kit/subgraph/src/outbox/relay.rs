//! The relay: holds shards by leases, publishes in order, marks after the broker's ack.
//!
//! Two relays may publish one event twice (a holder that slept past its lease): consumers drop the second by its
//! id. What can never happen is that an event is marked without an ack.

use std::time::{Duration, Instant};

use souk_process::Shutdown;

use super::{Outbox, store};
use crate::{
    db::{Db, StoreError},
    kafka::Producer,
    random,
};

const LEASE: Duration = Duration::from_secs(5);
const BATCH: u32 = 256;
/// While there was traffic in the last second, and else.
const POLL_BUSY: Duration = Duration::from_millis(20);
const POLL_IDLE: Duration = Duration::from_millis(200);

/// Runs until a stop is requested; errors are logged and tried again.
pub async fn run(db: Db, outbox: Outbox, producer: Producer, instance: String, shutdown: Shutdown) {
    let holder = format!("{instance}-{}", uuid::Uuid::from_bytes(random::bytes()).simple());
    let holder: String = holder.chars().take(64).collect();
    let mut relay = Relay { db, producer, holder, held: Vec::new(), leased_at: None };
    let mut last_traffic = Instant::now();
    while !shutdown.is_requested() {
        let pause = match relay.step().await {
            Ok(published) if published > 0 => {
                last_traffic = Instant::now();
                // More may wait already; look again at once.
                continue;
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
            () = shutdown.requested() => break,
        }
    }
    // What the last requests committed still goes out; then others may take over at once.
    let _ = relay.step().await;
    let _ = store::release(&relay.db, &relay.holder).await;
}

#[derive(Debug, thiserror::Error)]
enum RelayError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Kafka(#[from] crate::kafka::KafkaError),
}

struct Relay {
    db: Db,
    producer: Producer,
    holder: String,
    held: Vec<store::Held>,
    leased_at: Option<Instant>,
}

impl Relay {
    /// One round over all held shards; gives how many events were published.
    async fn step(&mut self) -> Result<usize, RelayError> {
        self.keep_leases().await?;
        let mut published = 0;
        for held in self.held.clone() {
            published += self.publish(held).await?;
        }
        Ok(published)
    }

    async fn keep_leases(&mut self) -> Result<(), RelayError> {
        if self.leased_at.is_some_and(|at| at.elapsed() < LEASE / 2) {
            return Ok(());
        }
        let asked_at = Instant::now();
        let before = std::mem::take(&mut self.held);
        self.leased_at = None;
        let held = store::lease(&self.db, &self.holder, LEASE.as_millis() as u64).await?;
        let epoch = self.producer.epoch().await?;
        for shard in &held {
            if !before.contains(shard) {
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
        self.leased_at = Some(asked_at);
        Ok(())
    }

    async fn publish(&self, held: store::Held) -> Result<usize, RelayError> {
        let waiting = store::waiting(&self.db, held.shard, BATCH).await?;
        if waiting.is_empty() {
            return Ok(0);
        }
        let records = waiting.iter().map(|row| (row.topic.as_str(), row.subject.as_str(), row.record.as_slice()));
        self.producer.send_all(records).await?;
        let ids: Vec<i64> = waiting.iter().map(|row| row.id).collect();
        store::mark(&self.db, held, &ids).await?;
        metrics::counter!("souk_outbox_published_total").increment(ids.len() as u64);
        Ok(ids.len())
    }
}
