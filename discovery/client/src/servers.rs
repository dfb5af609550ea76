//! Which registry to ask next: the one in use as long as it answers, then the others in turn, each with a back-off.

use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy, Default)]
struct Trouble {
    failures: u32,
    retry_at: Option<Instant>,
}

/// The order of trying. Pure: time is an argument.
#[derive(Debug)]
pub(crate) struct Rotation {
    troubles: Vec<Trouble>,
    current: usize,
    base: Duration,
    limit: Duration,
}

impl Rotation {
    pub(crate) fn new(servers: usize, base: Duration, limit: Duration) -> Self {
        Self { troubles: vec![Trouble::default(); servers], current: 0, base, limit: limit.max(base) }
    }

    /// The server to ask, None while all are in their back-off.
    pub(crate) fn next(&self, now: Instant) -> Option<usize> {
        let count = self.troubles.len();
        (0..count)
            .map(|step| (self.current + step) % count)
            .find(|index| self.troubles[*index].retry_at.is_none_or(|at| at <= now))
    }

    pub(crate) fn answered(&mut self, index: usize) {
        self.troubles[index] = Trouble::default();
        self.current = index;
    }

    /// True when it is the first failure since its last answer.
    pub(crate) fn failed(&mut self, index: usize, now: Instant) -> bool {
        let trouble = &mut self.troubles[index];
        let pause = self.base.saturating_mul(1 << trouble.failures.min(10)).min(self.limit);
        trouble.failures = trouble.failures.saturating_add(1);
        trouble.retry_at = Some(now + pause);
        trouble.failures == 1
    }

    /// How long until one may be asked; zero when one may be asked now.
    pub(crate) fn wait(&self, now: Instant) -> Duration {
        let earliest = self.troubles.iter().map(|trouble| trouble.retry_at.unwrap_or(now)).min();
        earliest.map_or(self.limit, |at| at.saturating_duration_since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn the_next_one_takes_over_and_keeps_the_work() {
        let (mut rotation, now) = (Rotation::new(3, seconds(2), seconds(5)), Instant::now());
        assert_eq!(rotation.next(now), Some(0));
        assert!(rotation.failed(0, now));
        assert_eq!(rotation.next(now), Some(1));
        rotation.answered(1);
        assert_eq!(rotation.next(now + seconds(60)), Some(1), "no return to the first while the second answers");
        rotation.failed(1, now);
        assert_eq!(rotation.next(now), Some(2));
    }

    #[test]
    fn back_off_doubles_up_to_its_limit() {
        let (mut rotation, now) = (Rotation::new(1, seconds(2), seconds(5)), Instant::now());
        let mut waits = Vec::new();
        for round in 0..3 {
            assert_eq!(rotation.failed(0, now), round == 0);
            waits.push(rotation.wait(now).as_secs());
            assert_eq!(rotation.next(now), None);
        }
        assert_eq!(waits, [2, 4, 5]);
        assert_eq!(rotation.next(now + seconds(5)), Some(0));
    }
}
