//! What the balancer knows of one instance: how fast it answers and whether it is ejected. Pure: time is an argument.
//!
//! ```text
//! Serving ──too many failures in a row──> Ejected ──time over──> (half open) ──pick──> Probing
//!    ^                                       ^────────────── failed ────────────────────┤
//!    └──────────────────────────────── ok ──────────────────────────────────────────────┘
//! ```

use std::time::{Duration, Instant};

/// How a call ended, as far as the instance is to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It answered, also with a refusal that is the caller's fault.
    Ok,
    /// It answered that it is broken (5xx), or not in time.
    Failed,
    /// No connection.
    Unreachable,
}

/// When an instance is passed over, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EjectionPolicy {
    /// Calls without a connection in a row that eject. 1: such a process is gone, and a repeated call must not meet
    /// it again.
    pub unreachable_in_a_row: u32,
    /// Failures of any kind in a row that eject. 5.
    pub failures_in_a_row: u32,
    /// The first ejection; each further one doubles it. 1 s.
    pub base: Duration,
    /// The longest ejection; also how long an instance must behave until its past ones are forgotten. 30 s.
    pub limit: Duration,
}

impl Default for EjectionPolicy {
    fn default() -> Self {
        Self {
            unreachable_in_a_row: 1,
            failures_in_a_row: 5,
            base: Duration::from_secs(1),
            limit: Duration::from_secs(30),
        }
    }
}

/// Whether an instance may be chosen now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Availability {
    Open,
    /// Its ejection is over: one call may try it.
    HalfOpen,
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Serving,
    Ejected { until: Instant },
    Probing { give_up: Instant },
}

/// An instance that was not measured yet is taken for this fast.
const UNMEASURED_MS: f64 = 5.0;
/// How fast old measurements fade: after this time a peak counts 37 %.
const FADE: Duration = Duration::from_secs(10);

/// The balancer's record of one instance.
#[derive(Debug, Clone)]
pub(crate) struct Health {
    phase: Phase,
    unreachable: u32,
    failures: u32,
    /// Ejections that are not forgotten yet.
    strikes: u32,
    last_ejection_end: Option<Instant>,
    /// Milliseconds at the time beside it.
    latency: Option<(f64, Instant)>,
}

impl Default for Health {
    fn default() -> Self {
        Self { phase: Phase::Serving, unreachable: 0, failures: 0, strikes: 0, last_ejection_end: None, latency: None }
    }
}

impl Health {
    pub(crate) fn availability(&self, now: Instant) -> Availability {
        match self.phase {
            Phase::Serving => Availability::Open,
            Phase::Ejected { until } if now >= until => Availability::HalfOpen,
            // A probe whose caller never told its end must not close the instance for ever.
            Phase::Probing { give_up } if now >= give_up => Availability::HalfOpen,
            Phase::Ejected { .. } | Phase::Probing { .. } => Availability::Closed,
        }
    }

    /// Expected milliseconds of one call. Peaks count at once, calm returns slowly, silence fades to zero so that a
    /// slow instance is tried again.
    pub(crate) fn latency_ms(&self, now: Instant) -> f64 {
        self.latency.map_or(UNMEASURED_MS, |(value, at)| value * fade(at, now))
    }

    /// A call was sent; true when it is the probe of a half-open instance.
    pub(crate) fn begin(&mut self, now: Instant, policy: &EjectionPolicy) -> bool {
        let probe = self.availability(now) == Availability::HalfOpen;
        if probe {
            self.phase = Phase::Probing { give_up: now + policy.limit };
        }
        probe
    }

    /// A probe ended without an outcome: the next call may probe.
    pub(crate) fn abandon_probe(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Probing { .. }) {
            self.phase = Phase::Ejected { until: now };
        }
    }

    /// A call ended; returns for how long the instance is ejected when this outcome did it.
    pub(crate) fn record(
        &mut self,
        now: Instant,
        outcome: Outcome,
        latency: Duration,
        policy: &EjectionPolicy,
    ) -> Option<Duration> {
        self.measure(now, outcome, latency);
        match outcome {
            Outcome::Ok => {
                (self.unreachable, self.failures) = (0, 0);
                if self.phase != Phase::Serving {
                    self.phase = Phase::Serving;
                    self.last_ejection_end = Some(now);
                }
                return None;
            }
            Outcome::Failed => {
                self.unreachable = 0;
                self.failures += 1;
            }
            Outcome::Unreachable => {
                self.unreachable += 1;
                self.failures += 1;
            }
        }
        let too_many = self.unreachable >= policy.unreachable_in_a_row || self.failures >= policy.failures_in_a_row;
        match self.phase {
            Phase::Probing { .. } => Some(self.eject(now, policy)),
            Phase::Serving if too_many => Some(self.eject(now, policy)),
            // Calls that were under way when the instance was ejected do not lengthen it.
            Phase::Serving | Phase::Ejected { .. } => None,
        }
    }

    fn eject(&mut self, now: Instant, policy: &EjectionPolicy) -> Duration {
        let behaved = self.last_ejection_end.is_some_and(|end| now.duration_since(end) > policy.limit);
        if behaved && self.phase == Phase::Serving {
            self.strikes = 0;
        }
        let duration = policy.base.saturating_mul(1 << self.strikes.min(16)).min(policy.limit);
        self.strikes += 1;
        self.phase = Phase::Ejected { until: now + duration };
        duration
    }

    fn measure(&mut self, now: Instant, outcome: Outcome, latency: Duration) {
        let sample = latency.as_secs_f64() * 1_000.0;
        let value = match (self.latency, outcome) {
            // Failing fast is not being fast.
            (_, Outcome::Failed | Outcome::Unreachable) => sample.max(self.latency_ms(now)),
            (Some((value, at)), Outcome::Ok) if sample < value => {
                let weight = fade(at, now);
                value * weight + sample * (1.0 - weight)
            }
            (None | Some(_), Outcome::Ok) => sample,
        };
        self.latency = Some((value, now));
    }
}

fn fade(from: Instant, to: Instant) -> f64 {
    (-to.saturating_duration_since(from).as_secs_f64() / FADE.as_secs_f64()).exp()
}

#[cfg(test)]
#[path = "health_tests.rs"]
mod tests;
