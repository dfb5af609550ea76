//! One lease: an instance and until when it is believed.

use std::sync::Arc;

use crate::wire::model::{Instance, LeaseTimes, Listed, Status};

/// No lease is longer, whatever is asked for: a typing error must not keep a dead instance for years.
const LONGEST_MS: i64 = 3_600_000;

#[derive(Debug, Clone)]
pub(super) struct Lease {
    pub(super) instance: Arc<Instance>,
    pub(super) times: LeaseTimes,
    /// Exactly one duration after the last renewal. (The Netflix server adds the duration twice; a dead instance then
    /// takes traffic for another lease.)
    pub(super) expires_ms: i64,
}

impl Lease {
    /// A new lease; `up_since_ms` is that of the lease it replaces.
    pub(super) fn grant(instance: Arc<Instance>, up_since_ms: i64, now_ms: i64) -> Self {
        let times = LeaseTimes { registered: now_ms, renewed: now_ms, evicted: 0, up_since: up_since_ms };
        let mut lease = Self { instance, times, expires_ms: 0 };
        lease.renew(now_ms);
        lease.note_up(now_ms);
        lease
    }

    pub(super) fn renew(&mut self, now_ms: i64) {
        self.times.renewed = now_ms;
        self.expires_ms = now_ms + (i64::from(self.instance.terms.duration_s) * 1_000).min(LONGEST_MS);
    }

    /// Remembers the first time that the instance was up.
    pub(super) fn note_up(&mut self, now_ms: i64) {
        if self.instance.status == Status::Up && self.times.up_since == 0 {
            self.times.up_since = now_ms;
        }
    }

    pub(super) fn is_expired(&self, now_ms: i64) -> bool {
        now_ms >= self.expires_ms
    }

    pub(super) fn listed(&self) -> Listed {
        Listed { instance: Arc::clone(&self.instance), times: self.times }
    }
}
