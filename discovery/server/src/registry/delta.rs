//! What changed lately: the newest change of each instance, kept for the retention time.

use std::collections::BTreeMap;

use super::overrides::Key;
use crate::wire::model::Listed;

#[derive(Debug, Default)]
pub(super) struct Recent {
    /// The last state of each changed instance and when it changed. One entry an instance, so that the order within
    /// an answer never matters: a client applies it in any order.
    by_instance: BTreeMap<Key, (i64, Listed)>,
}

impl Recent {
    pub(super) fn note(&mut self, key: Key, listed: Listed, now_ms: i64) {
        self.by_instance.insert(key, (now_ms, listed));
    }

    pub(super) fn forget(&mut self, now_ms: i64, retention_ms: i64) {
        self.by_instance.retain(|_, (changed_ms, _)| now_ms - *changed_ms < retention_ms);
    }

    /// Ordered by application and instance.
    pub(super) fn since(&self, oldest_ms: i64) -> impl Iterator<Item = (&Key, &Listed)> {
        let recent = self.by_instance.iter().filter(move |(_, (changed_ms, _))| *changed_ms > oldest_ms);
        recent.map(|(key, (_, listed))| (key, listed))
    }
}
