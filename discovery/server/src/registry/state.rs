//! The changes: register, renew, cancel, override, evict.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::{
    delta::Recent,
    eviction::{Protection, protection},
    lease::Lease,
    overrides::{Key, Overrides, effective},
};
use crate::wire::model::{Action, Instance, Listed, Status};

/// The limits the registry keeps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    pub(crate) delta_retention_ms: i64,
    pub(crate) self_preservation_from: usize,
    pub(crate) max_instances: usize,
}

/// Who sends a request: the instance itself, or a peer that passes on what it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Instance,
    Peer,
}

/// One change, as the change feed tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) version: u64,
    pub(crate) app: String,
    pub(crate) id: String,
    pub(crate) action: Action,
    pub(crate) status: Status,
}

/// What became of a renewal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Renewal {
    Renewed,
    /// Not known, or known with older data: the sender must register again.
    RegisterAgain,
    /// A peer is behind; it gets the newer instance.
    PeerIsBehind(Listed),
}

/// The registry holds as many instances as it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

#[derive(Debug)]
pub(crate) struct Registry {
    pub(super) policy: Policy,
    pub(super) leases: BTreeMap<Key, Lease>,
    pub(super) overrides: Overrides,
    pub(super) recent: Recent,
    /// Rises with each change.
    pub(super) version: u64,
    /// Changes that the feed has not been told yet.
    untold: Vec<Change>,
}

impl Registry {
    pub(crate) fn new(policy: Policy) -> Self {
        Self {
            policy,
            leases: BTreeMap::new(),
            overrides: Overrides::default(),
            recent: Recent::default(),
            version: 1,
            untold: Vec::new(),
        }
    }

    /// Takes a registration. Of two for one instance the one with the later `last_dirty_ms` stays; the lease is new
    /// in any case.
    pub(crate) fn register(&mut self, mut instance: Instance, origin: Origin, now_ms: i64) -> Result<(), Full> {
        let key = (instance.app.clone(), instance.id.clone());
        let existing = self.leases.get(&key);
        if existing.is_none() && self.leases.len() >= self.policy.max_instances {
            return Err(Full);
        }
        if let Some(newer) = existing.filter(|lease| lease.instance.last_dirty_ms > instance.last_dirty_ms) {
            instance = Instance::clone(&newer.instance);
        }
        let up_since_ms = existing.map_or(0, |lease| lease.times.up_since);
        let existing_status = existing.map(|lease| lease.instance.status).filter(|_| origin == Origin::Instance);

        if instance.overridden != Status::Unknown && self.overrides.get(&key, now_ms).is_none() {
            self.overrides.set(&key, instance.overridden, now_ms);
        }
        let overridden = self.overrides.get(&key, now_ms);
        instance.overridden = overridden.unwrap_or(instance.overridden);
        instance.status = effective(instance.status, overridden, existing_status);
        instance.action = Action::Added;
        instance.last_updated_ms = now_ms;
        self.leases.insert(key.clone(), Lease::grant(Arc::new(instance), up_since_ms, now_ms));
        self.note(&key, now_ms);
        Ok(())
    }

    /// Takes a heartbeat. `dirty_ms` is the sender's idea of when the instance last changed.
    pub(crate) fn renew(&mut self, key: &Key, dirty_ms: Option<i64>, origin: Origin, now_ms: i64) -> Renewal {
        let overridden = self.overrides.get(key, now_ms);
        let Some(lease) = self.leases.get_mut(key) else { return Renewal::RegisterAgain };
        let stored = lease.instance.status;
        let existing = (origin == Origin::Instance).then_some(stored);
        let status = effective(stored, overridden, existing);
        if status == Status::Unknown {
            return Renewal::RegisterAgain;
        }
        lease.renew(now_ms);
        if status != stored {
            self.change(key, now_ms, |instance| instance.status = status);
        }
        let Some(lease) = self.leases.get(key) else { return Renewal::RegisterAgain };
        match dirty_ms {
            Some(dirty_ms) if dirty_ms > lease.instance.last_dirty_ms => Renewal::RegisterAgain,
            Some(dirty_ms) if dirty_ms < lease.instance.last_dirty_ms && origin == Origin::Peer => {
                Renewal::PeerIsBehind(lease.listed())
            }
            Some(_) | None => Renewal::Renewed,
        }
    }

    /// Ends a lease; false when there is none.
    pub(crate) fn cancel(&mut self, key: &Key, now_ms: i64) -> bool {
        self.overrides.remove(key);
        let Some(mut lease) = self.leases.remove(key) else { return false };
        lease.times.evicted = now_ms;
        let instance = Arc::make_mut(&mut lease.instance);
        instance.action = Action::Deleted;
        instance.last_updated_ms = now_ms;
        self.tell(key, lease.listed(), now_ms);
        true
    }

    /// Sets a status over what the instance reports; false when it is not known.
    pub(crate) fn set_status(&mut self, key: &Key, status: Status, dirty_ms: Option<i64>, now_ms: i64) -> bool {
        let Some(lease) = self.leases.get_mut(key) else { return false };
        lease.renew(now_ms);
        let differs = lease.instance.status != status || lease.instance.overridden != status;
        self.overrides.set(key, status, now_ms);
        if differs {
            self.change(key, now_ms, |instance| {
                (instance.status, instance.overridden) = (status, status);
                instance.last_dirty_ms = instance.last_dirty_ms.max(dirty_ms.unwrap_or(0));
            });
        }
        true
    }

    /// Removes the override. The status is then `status`, or UNKNOWN, which makes the next renewal a registration.
    pub(crate) fn clear_status(&mut self, key: &Key, status: Status, dirty_ms: Option<i64>, now_ms: i64) -> bool {
        if !self.leases.contains_key(key) {
            return false;
        }
        if self.overrides.remove(key).is_some() {
            self.change(key, now_ms, |instance| {
                (instance.status, instance.overridden) = (status, Status::Unknown);
                instance.last_dirty_ms = instance.last_dirty_ms.max(dirty_ms.unwrap_or(0));
            });
        }
        true
    }

    /// Adds and replaces metadata entries; false when the instance is not known.
    pub(crate) fn merge_metadata(&mut self, key: &Key, entries: HashMap<String, String>, now_ms: i64) -> bool {
        let Some(lease) = self.leases.get_mut(key) else { return false };
        lease.renew(now_ms);
        self.change(key, now_ms, |instance| instance.metadata.extend(entries));
        true
    }

    /// Ends expired leases, unless so many expired at once that the network is to blame. `late_ms` is how much later
    /// this runs than planned: while this process stood still no renewal could come in, so every lease gets it on top.
    pub(crate) fn evict(&mut self, late_ms: i64, now_ms: i64) -> Vec<Key> {
        for lease in self.leases.values_mut() {
            lease.expires_ms += late_ms;
        }
        self.overrides.forget_idle(now_ms);
        self.recent.forget(now_ms, self.policy.delta_retention_ms);
        if self.protection(now_ms) == Protection::Active {
            return Vec::new();
        }
        let expired: Vec<Key> =
            self.leases.iter().filter(|(_, lease)| lease.is_expired(now_ms)).map(|(key, _)| key.clone()).collect();
        for key in &expired {
            self.cancel(key, now_ms);
        }
        expired
    }

    /// Whether expired leases are being kept now.
    pub(crate) fn protection(&self, now_ms: i64) -> Protection {
        let expired = self.leases.values().filter(|lease| lease.is_expired(now_ms)).count();
        protection(expired, self.leases.len(), self.policy.self_preservation_from)
    }

    /// The changes since the last call, oldest first.
    pub(crate) fn take_untold(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.untold)
    }

    /// Changes a leased instance in place and tells of it.
    fn change(&mut self, key: &Key, now_ms: i64, change: impl FnOnce(&mut Instance)) {
        let Some(lease) = self.leases.get_mut(key) else { return };
        let instance = Arc::make_mut(&mut lease.instance);
        change(instance);
        instance.action = Action::Modified;
        instance.last_updated_ms = now_ms;
        lease.note_up(now_ms);
        self.note(key, now_ms);
    }

    fn note(&mut self, key: &Key, now_ms: i64) {
        if let Some(listed) = self.leases.get(key).map(Lease::listed) {
            self.tell(key, listed, now_ms);
        }
    }

    fn tell(&mut self, key: &Key, listed: Listed, now_ms: i64) {
        self.version += 1;
        self.untold.push(Change {
            version: self.version,
            app: key.0.clone(),
            id: key.1.clone(),
            action: listed.instance.action,
            status: listed.instance.status,
        });
        self.recent.note(key.clone(), listed, now_ms);
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
