//! The reads: whole registry, delta, one application, one instance, by VIP.

use super::{hash, lease::Lease, overrides::Key, state::Registry};
use crate::wire::model::{Application, Applications, Instance, Listed};

impl Registry {
    /// Everything. The version is "1", as the Java servers have it on a full fetch.
    pub(crate) fn all(&self) -> Applications {
        self.answer(1, self.leases.iter().map(|(key, lease)| (key, lease.listed())))
    }

    /// What changed within the retention time, with the hash code of everything.
    pub(crate) fn delta(&self, now_ms: i64) -> Applications {
        let oldest_ms = now_ms - self.policy.delta_retention_ms;
        self.answer(self.version, self.recent.since(oldest_ms).map(|(key, listed)| (key, listed.clone())))
    }

    /// One application by upper-case name.
    pub(crate) fn application(&self, app: &str) -> Option<Application> {
        let leases = self.leases.iter().filter(|((of, _), _)| of == app);
        group(leases.map(|(key, lease)| (key, lease.listed()))).pop()
    }

    pub(crate) fn instance(&self, key: &Key) -> Option<Listed> {
        self.leases.get(key).map(Lease::listed)
    }

    /// The first instance with this id, whatever its application.
    pub(crate) fn instance_by_id(&self, id: &str) -> Option<Listed> {
        self.leases.iter().find(|((_, of), _)| of == id).map(|(_, lease)| lease.listed())
    }

    /// Those whose VIP list holds `vip`; None when there are none.
    pub(crate) fn by_vip(&self, vip: &str) -> Option<Applications> {
        self.matching(|instance| instance.vips().any(|name| name.eq_ignore_ascii_case(vip)))
    }

    pub(crate) fn by_secure_vip(&self, vip: &str) -> Option<Applications> {
        self.matching(|instance| instance.secure_vips().any(|name| name.eq_ignore_ascii_case(vip)))
    }

    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn len(&self) -> usize {
        self.leases.len()
    }

    fn matching(&self, condition: impl Fn(&Instance) -> bool) -> Option<Applications> {
        let leases = self.leases.iter().filter(|(_, lease)| condition(&lease.instance));
        let mut found = self.answer(1, leases.map(|(key, lease)| (key, lease.listed())));
        let statuses = found.list.iter().flat_map(|application| &application.instances);
        found.hash_code = hash::hash_code(statuses.map(|listed| listed.instance.status));
        (!found.list.is_empty()).then_some(found)
    }

    fn answer<'a>(&self, version: u64, listed: impl Iterator<Item = (&'a Key, Listed)>) -> Applications {
        let hash_code = hash::hash_code(self.leases.values().map(|lease| lease.instance.status));
        Applications { version, hash_code, list: group(listed) }
    }
}

/// Groups by application; the input is ordered by it.
fn group<'a>(listed: impl Iterator<Item = (&'a Key, Listed)>) -> Vec<Application> {
    let mut applications: Vec<Application> = Vec::new();
    for ((app, _), listed) in listed {
        match applications.last_mut().filter(|last| last.name == *app) {
            Some(last) => last.instances.push(listed),
            None => applications.push(Application { name: app.clone(), instances: vec![listed] }),
        }
    }
    applications
}
