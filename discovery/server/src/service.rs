//! The running registry: the pure state behind one lock, its clock, the feed of its changes, the eviction task.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use souk_process::{Shutdown, clock};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};

use crate::{
    config::Config,
    registry::{Change, Registry},
};

/// Changes that a slow reader of the feed may lag behind; one that lags more is told to fetch.
const FEED_BUFFER: usize = 1_024;

/// Clones share one registry.
#[derive(Clone)]
pub(crate) struct Service {
    shared: Arc<Shared>,
}

struct Shared {
    config: Config,
    registry: Mutex<Registry>,
    changes: broadcast::Sender<Change>,
    feeds: Arc<Semaphore>,
    clock: SteadyClock,
    shutdown: Shutdown,
}

/// Epoch milliseconds that never jump: the wall clock is read once, then the monotonic one is added. A corrected wall
/// clock must not end every lease.
struct SteadyClock {
    started_ms: i64,
    started: Instant,
}

impl SteadyClock {
    fn now_ms(&self) -> i64 {
        self.started_ms + self.started.elapsed().as_millis() as i64
    }
}

impl Service {
    pub(crate) fn new(config: Config, shutdown: Shutdown) -> Self {
        let shared = Shared {
            registry: Mutex::new(Registry::new(config.policy())),
            changes: broadcast::Sender::new(FEED_BUFFER),
            feeds: Arc::new(Semaphore::new(config.max_feeds.min(Semaphore::MAX_PERMITS))),
            clock: SteadyClock { started_ms: clock::now().timestamp_millis(), started: Instant::now() },
            config,
            shutdown,
        };
        Self { shared: Arc::new(shared) }
    }

    pub(crate) fn config(&self) -> &Config {
        &self.shared.config
    }

    pub(crate) fn shutdown(&self) -> &Shutdown {
        &self.shared.shutdown
    }

    pub(crate) fn uptime(&self) -> Duration {
        self.shared.clock.started.elapsed()
    }

    /// Reads the registry at this moment.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Registry, i64) -> T) -> T {
        let now_ms = self.shared.clock.now_ms();
        read(&self.lock(), now_ms)
    }

    /// Changes the registry and tells the feed, in the order of the changes.
    pub(crate) fn write<T>(&self, change: impl FnOnce(&mut Registry, i64) -> T) -> T {
        let mut registry = self.lock();
        // Read under the lock, so that times never go back from one change to the next.
        let now_ms = self.shared.clock.now_ms();
        let result = change(&mut registry, now_ms);
        for told in registry.take_untold() {
            metrics::counter!("discovery_changes_total", "action" => told.action.as_str()).increment(1);
            // An error means that nobody listens.
            let _ = self.shared.changes.send(told);
        }
        metrics::gauge!("discovery_instances").set(registry.len() as f64);
        result
    }

    /// A new reader of the feed, with the version from which it follows; None when there are too many.
    pub(crate) fn open_feed(&self) -> Option<(OwnedSemaphorePermit, broadcast::Receiver<Change>, u64)> {
        let permit = Arc::clone(&self.shared.feeds).try_acquire_owned().ok()?;
        // Both under one lock: no change falls between the version and the subscription.
        let registry = self.lock();
        Some((permit, self.shared.changes.subscribe(), registry.version()))
    }

    /// Ends expired leases until the process stops.
    pub(crate) async fn evict_regularly(self) {
        let interval = self.shared.config.eviction_interval;
        let mut last = Instant::now();
        while self.shared.shutdown.pause(interval).await {
            let elapsed = std::mem::replace(&mut last, Instant::now()).elapsed();
            let late = elapsed.saturating_sub(interval);
            // A little lateness is ordinary and far below a lease.
            let late_ms = if late > interval { late.as_millis() as i64 } else { 0 };
            for (app, id) in self.write(|registry, now_ms| registry.evict(late_ms, now_ms)) {
                metrics::counter!("discovery_evictions_total").increment(1);
                tracing::info!(instance.id = %id, app = %app, "lease of {id} of {app} ran out");
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Registry> {
        // The registry's methods do not panic; were one to, serving what is there beats refusing everything.
        self.shared.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
