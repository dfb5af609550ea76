//! A chosen instance, on loan for one call: its end tells the balancer how it went.

use std::{
    fmt,
    ops::Deref,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use super::health::{Availability, EjectionPolicy, Health, Outcome};
use crate::view::Instance;

/// What outlives the views of an instance: its health and the calls under way.
#[derive(Debug, Default)]
pub(crate) struct Endpoint {
    in_flight: AtomicU32,
    health: Mutex<Health>,
}

impl Endpoint {
    pub(crate) fn availability(&self, now: Instant) -> Availability {
        self.health().availability(now)
    }

    /// Expected milliseconds until one more call would be answered.
    pub(crate) fn load(&self, now: Instant) -> f64 {
        let waiting = f64::from(self.in_flight.load(Ordering::Relaxed)) + 1.0;
        self.health().latency_ms(now) * waiting
    }

    pub(crate) fn begin(&self, now: Instant, policy: &EjectionPolicy) -> bool {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        self.health().begin(now, policy)
    }

    pub(crate) fn record(
        &self,
        now: Instant,
        outcome: Outcome,
        latency: Duration,
        policy: &EjectionPolicy,
    ) -> Option<Duration> {
        self.health().record(now, outcome, latency, policy)
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        // Every change is a few plain assignments, whole also after a panic elsewhere.
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A chosen instance. Call [`finish`](Self::finish) when the call ended; a dropped one counts as a call that was
/// given up by the caller and says nothing about the instance.
#[must_use = "a pick counts as a call under way until it is finished or dropped"]
pub struct Picked {
    instance: Arc<Instance>,
    policy: EjectionPolicy,
    started: Instant,
    probe: bool,
    finished: bool,
}

impl Picked {
    pub(crate) fn new(instance: Arc<Instance>, policy: EjectionPolicy, now: Instant) -> Self {
        let probe = instance.endpoint.begin(now, &policy);
        Self { instance, policy, started: now, probe, finished: false }
    }

    /// The instance, also for after the call.
    pub fn instance(&self) -> &Arc<Instance> {
        &self.instance
    }

    /// Tells how the call ended.
    pub fn finish(mut self, outcome: Outcome) {
        self.finished = true;
        let now = Instant::now();
        let ejected = self.instance.endpoint.record(now, outcome, now - self.started, &self.policy);
        if let Some(duration) = ejected {
            metrics::counter!("discovery_client_ejections_total", "app" => self.instance.app.clone()).increment(1);
            tracing::warn!(
                instance.id = %self.instance.id,
                app = %self.instance.app,
                "instance {} of {} is passed over for {} ms",
                self.instance.id,
                self.instance.app,
                duration.as_millis()
            );
        }
    }
}

impl Deref for Picked {
    type Target = Instance;

    fn deref(&self) -> &Instance {
        &self.instance
    }
}

impl Drop for Picked {
    fn drop(&mut self) {
        self.instance.endpoint.in_flight.fetch_sub(1, Ordering::Relaxed);
        if self.probe && !self.finished {
            self.instance.endpoint.health().abandon_probe(Instant::now());
        }
    }
}

impl fmt::Debug for Picked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Picked").field("instance", &self.instance).field("probe", &self.probe).finish_non_exhaustive()
    }
}
