//! Statuses that an operator set over what instances report, and the rules by which a status is chosen.

use std::collections::HashMap;

use crate::wire::model::Status;

/// An override that no renewal or registration asked for during this time is forgotten: its instance is gone.
const IDLE_LIMIT_MS: i64 = 3_600_000;

/// Application (upper case) and instance id.
pub(super) type Key = (String, String);

#[derive(Debug, Default)]
pub(super) struct Overrides {
    by_instance: HashMap<Key, (Status, i64)>,
}

impl Overrides {
    pub(super) fn set(&mut self, key: &Key, status: Status, now_ms: i64) {
        self.by_instance.insert(key.clone(), (status, now_ms));
    }

    /// Looks up and marks as used.
    pub(super) fn get(&mut self, key: &Key, now_ms: i64) -> Option<Status> {
        let (status, used_ms) = self.by_instance.get_mut(key)?;
        *used_ms = now_ms;
        Some(*status)
    }

    pub(super) fn remove(&mut self, key: &Key) -> Option<Status> {
        self.by_instance.remove(key).map(|(status, _)| status)
    }

    pub(super) fn forget_idle(&mut self, now_ms: i64) {
        self.by_instance.retain(|_, (_, used_ms)| now_ms - *used_ms < IDLE_LIMIT_MS);
    }
}

/// The status that counts; first match wins. `existing` is None for a new instance and for traffic of peers, which
/// have decided already.
pub(super) fn effective(reported: Status, overridden: Option<Status>, existing: Option<Status>) -> Status {
    let is_stable = |status: &Status| matches!(status, Status::Up | Status::OutOfService);
    if !is_stable(&reported) {
        // Only the instance itself knows that it starts or is down.
        return reported;
    }
    overridden.or(existing.filter(is_stable)).unwrap_or(reported)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Status::{Down, OutOfService, Starting, Unknown, Up};

    #[test]
    fn the_first_matching_rule_gives_the_status() {
        for (name, reported, overridden, existing, expected) in [
            ("starting is believed", Starting, Some(Up), Some(Up), Starting),
            ("down is believed", Down, Some(OutOfService), Some(Up), Down),
            ("unknown stays", Unknown, None, Some(Up), Unknown),
            ("an override counts", Up, Some(OutOfService), Some(Up), OutOfService),
            ("also over out of service", OutOfService, Some(Up), None, Up),
            ("else what is leased", Up, None, Some(OutOfService), OutOfService),
            ("unless that is not stable", Up, None, Some(Starting), Up),
            ("a new one is believed", OutOfService, None, None, OutOfService),
        ] {
            assert_eq!(effective(reported, overridden, existing), expected, "{name}");
        }
    }

    #[test]
    fn an_override_that_nobody_asks_for_is_forgotten_after_an_hour() {
        let key = ("ORDERS".to_owned(), "a".to_owned());
        let mut overrides = Overrides::default();
        overrides.set(&key, Down, 0);
        assert_eq!(overrides.get(&key, 1_000), Some(Down));
        overrides.forget_idle(IDLE_LIMIT_MS + 999);
        assert_eq!(overrides.get(&key, 2_000), Some(Down));
        overrides.forget_idle(IDLE_LIMIT_MS + 2_000);
        assert_eq!(overrides.get(&key, 3_000), None);
    }
}
