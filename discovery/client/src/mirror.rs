//! The registry's content as fetched, and what of it to believe. Pure: time is an argument.
//!
//! A registry keeps nothing on disk, so a restarted one answers with an empty list until everybody has registered
//! again. An instance that a full fetch no longer lists, though nobody deleted it, therefore lingers for one lease of
//! its own; within that time it has either registered again or was really gone.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

use url::Url;

use crate::{
    balance::Endpoint,
    view::{AppView, Instance, Status},
    wire::{Action, Described},
};

/// Application (lower case) and instance id.
type Key = (String, String);

/// How long a goodbye is remembered.
const GOODBYE_MEMORY: Duration = Duration::from_secs(60);
/// The longest time an instance lingers, whatever its lease.
const LINGER_LIMIT: Duration = Duration::from_secs(90);

#[derive(Debug)]
struct Known {
    status: Status,
    /// None when its address cannot be used; it still counts for the hash code.
    instance: Option<Arc<Instance>>,
}

#[derive(Debug, Default)]
pub(crate) struct Mirror {
    listed: BTreeMap<Key, Known>,
    lingering: BTreeMap<Key, (Arc<Instance>, Instant)>,
    /// Instances that left after they had reported DOWN, and until when that is remembered.
    departed: BTreeMap<Key, Instant>,
    /// Survives every fetch, so that an ejected instance stays ejected.
    endpoints: HashMap<Key, Arc<Endpoint>>,
}

impl Mirror {
    /// Takes a full fetch.
    pub(crate) fn replace(&mut self, described: Vec<Described>, now: Instant) {
        let before = std::mem::take(&mut self.listed);
        for one in described {
            self.put(one);
        }
        for (key, known) in before {
            let Some(instance) = known.instance.filter(|_| known.status == Status::Up) else { continue };
            if !self.listed.contains_key(&key) {
                let until = now + instance.lease.min(LINGER_LIMIT);
                self.lingering.entry(key).or_insert((instance, until));
            }
        }
        self.forget(now);
    }

    /// Applies a delta; afterwards [`hash_code`](Self::hash_code) must equal the registry's.
    pub(crate) fn apply(&mut self, changes: Vec<Described>, now: Instant) {
        for change in changes {
            match change.action {
                Action::Put => self.put(change),
                Action::Deleted => {
                    let key = (change.app, change.id);
                    self.listed.remove(&key);
                    self.lingering.remove(&key);
                    // One that vanished without a word was evicted, or deleted by somebody else, while UP.
                    if matches!(change.status, Status::Down | Status::OutOfService) {
                        self.departed.insert(key, now + GOODBYE_MEMORY);
                    }
                }
            }
        }
        self.forget(now);
    }

    /// Application and id of the instances that left with a goodbye lately.
    pub(crate) fn departed(&self) -> BTreeSet<Key> {
        self.departed.keys().cloned().collect()
    }

    /// Counts by status: `DOWN_1_UP_7_`.
    pub(crate) fn hash_code(&self) -> String {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for known in self.listed.values() {
            *counts.entry(known.status.as_str()).or_default() += 1;
        }
        let parts: Vec<String> = counts.into_iter().map(|(status, count)| format!("{status}_{count}_")).collect();
        parts.concat()
    }

    /// What readers see.
    pub(crate) fn apps(&self) -> BTreeMap<String, AppView> {
        let mut apps: BTreeMap<String, AppView> = BTreeMap::new();
        let listed = self.listed.iter().filter_map(|(key, known)| Some((key, known.instance.as_ref()?)));
        let lingering = self.lingering.iter().map(|(key, (instance, _))| (key, instance));
        for ((name, _), instance) in listed.chain(lingering) {
            let app = apps.entry(name.clone()).or_default();
            app.name.clone_from(name);
            app.all.push(Arc::clone(instance));
        }
        for app in apps.values_mut() {
            app.all.sort_by(|a, b| a.id.cmp(&b.id));
            app.up = app.all.iter().filter(|instance| instance.status == Status::Up).cloned().collect();
        }
        apps
    }

    /// Drops what has lingered long enough.
    pub(crate) fn forget(&mut self, now: Instant) {
        let listed = &self.listed;
        self.lingering.retain(|key, (_, until)| *until > now && !listed.contains_key(key));
        self.departed.retain(|key, until| *until > now && !listed.contains_key(key));
        let lingering = &self.lingering;
        self.endpoints.retain(|key, _| listed.contains_key(key) || lingering.contains_key(key));
    }

    fn put(&mut self, described: Described) {
        let key = (described.app.clone(), described.id.clone());
        let endpoint = Arc::clone(self.endpoints.entry(key.clone()).or_default());
        let status = described.status;
        let instance = to_instance(described, endpoint).map(Arc::new);
        self.listed.insert(key, Known { status, instance });
    }
}

fn to_instance(described: Described, endpoint: Arc<Endpoint>) -> Option<Instance> {
    let scheme = if described.secure { "https" } else { "http" };
    let host = if described.host.contains(':') { format!("[{}]", described.host) } else { described.host };
    let base_url = Url::parse(&format!("{scheme}://{host}:{}/", described.port)).ok()?;
    Some(Instance {
        app: described.app,
        id: described.id,
        base_url,
        status: described.status,
        metadata: described.metadata,
        lease: Duration::from_secs(described.lease_s),
        endpoint,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn up(id: &str) -> Described {
        Described {
            app: "orders".to_owned(),
            id: id.to_owned(),
            host: "127.0.0.1".to_owned(),
            port: 80,
            secure: false,
            status: Status::Up,
            lease_s: 10,
            metadata: BTreeMap::new(),
            action: Action::Put,
        }
    }

    fn ids(mirror: &Mirror) -> Vec<String> {
        mirror.apps().get("orders").map_or(Vec::new(), |app| app.up.iter().map(|i| i.id.clone()).collect())
    }

    #[test]
    fn a_delta_adds_changes_and_removes_and_the_hash_code_follows() {
        let (mut mirror, now) = (Mirror::default(), Instant::now());
        assert_eq!(mirror.hash_code(), "");
        mirror.replace(vec![up("a"), up("b")], now);
        assert_eq!(mirror.hash_code(), "UP_2_");
        let changes = vec![
            Described { action: Action::Deleted, ..up("a") },
            Described { status: Status::Down, ..up("b") },
            up("c"),
        ];
        mirror.apply(changes, now);
        assert_eq!((ids(&mirror), mirror.hash_code().as_str()), (vec!["c".to_owned()], "DOWN_1_UP_1_"));
    }

    #[test]
    fn an_instance_missing_from_a_full_fetch_lingers_for_one_lease() {
        let (mut mirror, now) = (Mirror::default(), Instant::now());
        mirror.replace(vec![up("a"), up("b")], now);
        mirror.replace(vec![], now);
        assert_eq!((ids(&mirror).len(), mirror.hash_code().as_str()), (2, ""), "believed, but not part of the hash");
        mirror.apply(vec![up("b")], now + Duration::from_secs(3));
        mirror.forget(now + Duration::from_millis(9_999));
        assert_eq!(ids(&mirror), ["a", "b"]);
        mirror.forget(now + Duration::from_secs(10));
        assert_eq!(ids(&mirror), ["b"]);
    }

    #[test]
    fn a_deleted_instance_does_not_linger() {
        let (mut mirror, now) = (Mirror::default(), Instant::now());
        mirror.replace(vec![up("a")], now);
        mirror.replace(vec![], now);
        mirror.apply(vec![Described { action: Action::Deleted, ..up("a") }], now);
        assert_eq!(ids(&mirror), Vec::<String>::new());
    }

    #[test]
    fn a_goodbye_is_told_apart_from_an_expiry_and_forgotten_when_the_instance_is_back() {
        let (mut mirror, now) = (Mirror::default(), Instant::now());
        mirror.replace(vec![up("a"), up("b")], now);
        let gone = |id, status| Described { action: Action::Deleted, status, ..up(id) };
        mirror.apply(vec![gone("a", Status::Down), gone("b", Status::Up)], now);
        let departed: Vec<String> = mirror.departed().into_iter().map(|(_, id)| id).collect();
        assert_eq!(departed, ["a"]);
        mirror.apply(vec![up("a")], now);
        assert!(mirror.departed().is_empty());
    }

    #[test]
    fn what_the_balancer_knows_survives_every_fetch() {
        let (mut mirror, now) = (Mirror::default(), Instant::now());
        mirror.replace(vec![up("a")], now);
        let before = Arc::clone(&mirror.apps()["orders"].up[0].endpoint);
        mirror.apply(vec![Described { metadata: BTreeMap::from([("k".into(), "v".into())]), ..up("a") }], now);
        mirror.replace(vec![], now);
        mirror.replace(vec![up("a")], now);
        assert!(Arc::ptr_eq(&before, &mirror.apps()["orders"].up[0].endpoint));
    }

    #[test]
    fn an_address_that_cannot_be_used_counts_for_the_hash_but_is_not_offered() {
        let (mut mirror, now) = (Mirror::default(), Instant::now());
        mirror.replace(vec![Described { host: "no host".to_owned(), ..up("a") }], now);
        assert_eq!((ids(&mirror).len(), mirror.hash_code().as_str()), (0, "UP_1_"));
    }
}
