//! The choice of instance through the public door.

use discovery_client::{Discovery, Outcome, Picked};
use url::Url;

fn discovery(instances: usize) -> Discovery {
    let url = |port| Url::parse(&format!("http://127.0.0.1:{port}/")).unwrap();
    Discovery::fixed((1..=instances).map(|port| ("Orders", url(port))))
}

fn port(picked: &Picked) -> Option<u16> {
    picked.base_url.port()
}

#[test]
fn an_instance_that_refuses_connections_is_passed_over() {
    let discovery = discovery(2);
    let mut to_the_dead = 0;
    for _ in 0..100 {
        let picked = discovery.pick("orders").unwrap();
        let dead = port(&picked) == Some(1);
        to_the_dead += usize::from(dead);
        picked.finish(if dead { Outcome::Unreachable } else { Outcome::Ok });
    }
    assert!(to_the_dead <= 1, "{to_the_dead} of 100 calls to the dead one");
}

#[test]
fn the_last_instance_is_used_even_when_it_fails() {
    let discovery = discovery(1);
    for _ in 0..20 {
        discovery.pick("orders").unwrap().finish(Outcome::Unreachable);
    }
    assert!(discovery.pick("orders").is_some());
}

#[test]
fn calls_under_way_spread_over_the_instances() {
    let discovery = discovery(2);
    let held: Vec<Picked> = (0..10).map(|_| discovery.pick("orders").unwrap()).collect();
    let to_first = held.iter().filter(|picked| port(picked) == Some(1)).count();
    assert_eq!(to_first, 5, "each goes where fewer are");
    // Those to the second end, some told and some given up.
    let (_first, second): (Vec<Picked>, Vec<Picked>) = held.into_iter().partition(|picked| port(picked) == Some(1));
    for (index, picked) in second.into_iter().enumerate() {
        if index % 2 == 0 { picked.finish(Outcome::Failed) } else { drop(picked) }
    }
    let again: Vec<Picked> = (0..5).map(|_| discovery.pick("orders").unwrap()).collect();
    assert!(again.iter().all(|picked| port(picked) == Some(2)), "{again:?}");
}

#[test]
fn only_instances_that_fulfil_the_condition_are_chosen() {
    let discovery = discovery(3);
    for _ in 0..20 {
        let picked = discovery.pick_where("orders", &|instance| instance.base_url.port() != Some(2)).unwrap();
        assert_ne!(port(&picked), Some(2));
    }
    assert!(discovery.pick_where("orders", &|_| false).is_none());
    assert!(discovery.pick("payments").is_none());
}

#[test]
fn an_address_is_built_from_a_path() {
    let discovery = discovery(1);
    let picked = discovery.pick("orders").unwrap();
    for (path, expected) in [
        ("graphql", "http://127.0.0.1:1/graphql"),
        ("/graphql", "http://127.0.0.1:1/graphql"),
        ("/a b?c=d", "http://127.0.0.1:1/a%20b?c=d"),
        ("", "http://127.0.0.1:1/"),
    ] {
        assert_eq!(picked.url(path).as_str(), expected);
    }
}
