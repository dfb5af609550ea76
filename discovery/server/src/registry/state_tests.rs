//! The registry as tables: what is asked when, what is answered, and what is there afterwards.

use super::*;
use crate::wire::Submitted;

const POLICY: Policy = Policy { delta_retention_ms: 180_000, self_preservation_from: 10, max_instances: 50 };
const DURATION_MS: i64 = 10_000;

fn key(id: &str) -> Key {
    ("ORDERS".to_owned(), id.to_owned())
}

/// An instance with a lease of 10 s, changed at `dirty_ms`.
fn instance(id: &str, status: Status, dirty_ms: i64) -> Instance {
    let body = format!(
        r#"{{"instance":{{"instanceId":"{id}","app":"ORDERS","hostName":"h","ipAddr":"i","status":"{}",
            "dataCenterInfo":{{"name":"MyOwn"}},"leaseInfo":{{"durationInSecs":10,"renewalIntervalInSecs":3}},
            "lastDirtyTimestamp":{dirty_ms}}}}}"#,
        status.as_str()
    );
    let submitted: Submitted = crate::wire::json::read_instance(body.as_bytes()).unwrap();
    submitted.complete("ORDERS", 0).unwrap()
}

fn registry_with(instances: &[(&str, Status)]) -> Registry {
    let mut registry = Registry::new(POLICY);
    for (id, status) in instances {
        registry.register(instance(id, *status, 100), Origin::Instance, 0).unwrap();
    }
    registry.take_untold();
    registry
}

fn status(registry: &Registry, id: &str) -> Status {
    registry.instance(&key(id)).unwrap().instance.status
}

#[test]
fn a_renewal_is_answered_by_how_its_data_compare() {
    use Origin::{Instance as Own, Peer};
    let mut registry = registry_with(&[("a", Status::Up)]);
    let stored = registry.instance(&key("a")).unwrap();
    for (name, id, dirty_ms, origin, expected) in [
        ("unknown", "b", Some(100), Own, Renewal::RegisterAgain),
        ("equal", "a", Some(100), Own, Renewal::Renewed),
        ("no time given", "a", None, Own, Renewal::Renewed),
        ("the instance is newer", "a", Some(101), Own, Renewal::RegisterAgain),
        ("the instance is older", "a", Some(99), Own, Renewal::Renewed),
        ("a peer is older", "a", Some(99), Peer, Renewal::PeerIsBehind(stored)),
    ] {
        assert_eq!(registry.renew(&key(id), dirty_ms, origin, 0), expected, "{name}");
    }
    assert!(registry.take_untold().is_empty(), "a plain renewal is no change");
}

#[test]
fn a_lease_ends_exactly_one_duration_after_its_last_renewal() {
    for renewed_ms in [None, Some(4_000)] {
        let mut registry = registry_with(&[("a", Status::Up)]);
        if let Some(at) = renewed_ms {
            registry.renew(&key("a"), None, Origin::Instance, at);
        }
        let end = renewed_ms.unwrap_or(0) + DURATION_MS;
        assert_eq!(registry.evict(0, end - 1), Vec::<Key>::new());
        assert_eq!(registry.evict(0, end), vec![key("a")]);
        assert_eq!(registry.renew(&key("a"), None, Origin::Instance, end), Renewal::RegisterAgain);
    }
}

#[test]
fn time_in_which_the_registry_stood_still_is_added_to_every_lease() {
    let mut registry = registry_with(&[("a", Status::Up)]);
    assert_eq!(registry.evict(15_000, 16_000), Vec::<Key>::new());
    assert_eq!(registry.evict(0, 24_999), Vec::<Key>::new());
    assert_eq!(registry.evict(0, 25_000), vec![key("a")]);
}

#[test]
fn mass_expiry_is_believed_below_ten_instances_only() {
    for (total, survivors) in [(9, 1), (10, 10)] {
        let ids: Vec<String> = (0..total).map(|index| format!("i{index}")).collect();
        let mut registry = registry_with(&ids.iter().map(|id| (id.as_str(), Status::Up)).collect::<Vec<_>>());
        registry.renew(&key("i0"), None, Origin::Instance, 5_000);
        registry.evict(0, DURATION_MS);
        assert_eq!(registry.len(), survivors, "{total} instances");
    }
}

#[test]
fn of_two_registrations_the_later_changed_one_stays_and_the_lease_is_new() {
    for (dirty_ms, expected) in [(99, Status::Starting), (100, Status::Up), (101, Status::Up)] {
        let mut registry = registry_with(&[("a", Status::Starting)]);
        registry.register(instance("a", Status::Up, dirty_ms), Origin::Instance, 5_000).unwrap();
        assert_eq!(status(&registry, "a"), expected, "dirty {dirty_ms}");
        assert!(registry.evict(0, DURATION_MS).is_empty(), "the lease runs from the second registration");
    }
}

#[test]
fn the_first_time_up_survives_a_second_registration() {
    let mut registry = registry_with(&[("a", Status::Starting)]);
    for (at, status, expected) in [(1_000, Status::Up, 1_000), (2_000, Status::Up, 1_000), (3_000, Status::Down, 1_000)]
    {
        registry.register(instance("a", status, 100 + at), Origin::Instance, at).unwrap();
        assert_eq!(registry.instance(&key("a")).unwrap().times.up_since, expected);
    }
}

#[test]
fn an_override_holds_over_renewals_and_registrations_until_it_is_removed() {
    let mut registry = registry_with(&[("a", Status::Up)]);
    assert!(registry.set_status(&key("a"), Status::OutOfService, None, 1));
    registry.register(instance("a", Status::Up, 200), Origin::Instance, 2).unwrap();
    assert_eq!(registry.renew(&key("a"), Some(200), Origin::Instance, 3), Renewal::Renewed);
    let listed = registry.instance(&key("a")).unwrap();
    assert_eq!((listed.instance.status, listed.instance.overridden), (Status::OutOfService, Status::OutOfService));

    assert!(registry.clear_status(&key("a"), Status::Up, None, 4));
    let listed = registry.instance(&key("a")).unwrap();
    assert_eq!((listed.instance.status, listed.instance.overridden), (Status::Up, Status::Unknown));
}

#[test]
fn removing_an_override_without_a_status_makes_the_instance_register_again() {
    let mut registry = registry_with(&[("a", Status::Up)]);
    registry.set_status(&key("a"), Status::OutOfService, None, 1);
    registry.clear_status(&key("a"), Status::Unknown, None, 2);
    assert_eq!(registry.renew(&key("a"), Some(100), Origin::Instance, 3), Renewal::RegisterAgain);
    registry.register(instance("a", Status::Up, 100), Origin::Instance, 4).unwrap();
    assert_eq!(status(&registry, "a"), Status::Up);
}

#[test]
fn changes_of_an_unknown_instance_are_refused() {
    let mut registry = registry_with(&[]);
    assert!(!registry.cancel(&key("a"), 0));
    assert!(!registry.set_status(&key("a"), Status::Up, None, 0));
    assert!(!registry.clear_status(&key("a"), Status::Up, None, 0));
    assert!(!registry.merge_metadata(&key("a"), HashMap::new(), 0));
    assert_eq!((registry.version(), registry.len()), (1, 0));
}

#[test]
fn every_change_is_in_the_delta_once_with_its_last_action_and_leaves_it_after_the_retention() {
    let mut registry = registry_with(&[("a", Status::Up), ("b", Status::Up), ("c", Status::Up)]);
    registry.set_status(&key("b"), Status::Down, None, 1_000);
    registry.cancel(&key("c"), 2_000);
    let delta = |registry: &Registry, now_ms| -> Vec<(String, &'static str)> {
        let applications = registry.delta(now_ms).list;
        let listed = applications.into_iter().flat_map(|application| application.instances);
        listed.map(|listed| (listed.instance.id.clone(), listed.instance.action.as_str())).collect()
    };
    let names = |pairs: &[(&str, &'static str)]| pairs.iter().map(|(id, a)| ((*id).to_owned(), *a)).collect::<Vec<_>>();
    assert_eq!(delta(&registry, 2_000), names(&[("a", "ADDED"), ("b", "MODIFIED"), ("c", "DELETED")]));
    assert_eq!(registry.delta(2_000).hash_code, "DOWN_1_UP_1_", "over everything, not over the delta");
    assert_eq!(delta(&registry, 180_500), names(&[("b", "MODIFIED"), ("c", "DELETED")]));
    assert_eq!(delta(&registry, 182_000), names(&[]));
    registry.register(instance("c", Status::Up, 300), Origin::Instance, 182_000).unwrap();
    assert_eq!(delta(&registry, 182_000), names(&[("c", "ADDED")]));
}

#[test]
fn the_feed_is_told_of_each_change_in_order() {
    let mut registry = registry_with(&[("a", Status::Up)]);
    registry.merge_metadata(&key("a"), HashMap::from([("k".to_owned(), "v".to_owned())]), 1);
    registry.cancel(&key("a"), 2);
    let told: Vec<_> = registry.take_untold().iter().map(|c| (c.version, c.action.as_str())).collect();
    assert_eq!(told, [(3, "MODIFIED"), (4, "DELETED")]);
    assert!(registry.take_untold().is_empty());
}

#[test]
fn a_full_registry_refuses_newcomers_and_serves_those_it_has() {
    let mut registry = Registry::new(Policy { max_instances: 1, ..POLICY });
    registry.register(instance("a", Status::Up, 1), Origin::Instance, 0).unwrap();
    assert_eq!(registry.register(instance("b", Status::Up, 1), Origin::Instance, 0), Err(Full));
    assert_eq!(registry.register(instance("a", Status::Up, 2), Origin::Instance, 0), Ok(()));
}
