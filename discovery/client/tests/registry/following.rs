//! The view: how soon it changes, what it survives.

use std::time::{Duration, Instant};

use discovery_client::{Discovery, DiscoveryConfig, Registration, Status};
use souk_process::Shutdown;

use crate::running::{Registry, config, count, eventually, orders, soon};

#[tokio::test]
async fn a_change_is_seen_within_200_ms_through_the_feed_alone() {
    let registry = Registry::start().await;
    let shutdown = Shutdown::new();
    // So slow a refresh that only the feed can tell of a change in time.
    let follower = Discovery::start(
        DiscoveryConfig { refresh: Duration::from_secs(3_600), ..config([registry.url("payments")]) },
        &shutdown,
    );
    let registering = Discovery::start(config([registry.url("orders")]), &shutdown);
    let handle = registering.register(orders(1)).await;
    eventually(&follower, "the first registration", |view| count(view) == 1).await;

    let mut latencies = Vec::new();
    for round in 0..5 {
        let changed = Instant::now();
        handle.update(|registration| registration.metadata = [("round".to_owned(), round.to_string())].into());
        let text = round.to_string();
        let seen = |view: &discovery_client::RegistryView| view.up("orders")[0].meta("round") == Some(text.as_str());
        eventually(&follower, "the change", seen).await;
        latencies.push(changed.elapsed());
    }
    latencies.sort();
    assert!(latencies[2] < Duration::from_millis(200), "median of {latencies:?}");
}

#[tokio::test]
async fn an_instance_that_falls_silent_leaves_the_view() {
    let registry = Registry::start().await;
    let shutdown = Shutdown::new();
    let discovery = Discovery::start(config([registry.url("orders")]), &shutdown);
    let silent = Registration { lease_s: 1, renewal_s: 3_600, ..orders(1) };
    let _handle = discovery.register(silent).await;
    eventually(&discovery, "registered", |view| count(view) == 1).await;
    eventually(&discovery, "evicted", |view| count(view) == 0 && view.app("orders").is_none()).await;
}

#[tokio::test]
async fn when_every_registry_is_gone_the_last_view_stays_and_says_since_when() {
    let registry = Registry::start().await;
    let address = registry.address;
    let shutdown = Shutdown::new();
    let discovery = Discovery::start(config([registry.url("orders")]), &shutdown);
    let _handle = discovery.register(orders(1)).await;
    eventually(&discovery, "registered", |view| count(view) == 1).await;
    let version = discovery.view().version;

    registry.stop().await;
    eventually(&discovery, "stale", |view| view.stale_since.is_some()).await;
    assert_eq!((count(&discovery.view()), discovery.view().version), (1, version));
    assert!(discovery.pick("orders").is_some());

    let _registry = Registry::start_at(address).await;
    let mut lost = false;
    eventually(&discovery, "fresh again", |view| {
        lost |= count(view) == 0;
        view.stale_since.is_none()
    })
    .await;
    assert!(!lost, "an empty registry just after its start must not empty the view");
}

#[tokio::test]
async fn a_second_registry_takes_over_when_the_first_is_gone() {
    let (first, second) = (Registry::start().await, Registry::start().await);
    let shutdown = Shutdown::new();
    let servers = [first.url("orders"), second.url("orders")];
    let discovery = Discovery::start(config(servers), &shutdown);
    let handle = discovery.register(orders(1)).await;
    eventually(&discovery, "registered", |view| count(view) == 1).await;

    first.stop().await;
    let _another = discovery.register(orders(2)).await;
    eventually(&discovery, "found through the second", |view| count(view) == 2).await;
    assert_eq!(discovery.stale_since(), None);
    handle.deregister().await;
    eventually(&discovery, "left the second", |view| count(view) == 1).await;
}

#[tokio::test]
async fn only_instances_that_are_up_are_offered() {
    let registry = Registry::start().await;
    let shutdown = Shutdown::new();
    let discovery = Discovery::start(config([registry.url("orders")]), &shutdown);
    let starting = Registration { status: Status::Starting, ..orders(1) };
    let handle = discovery.register(starting).await;
    eventually(&discovery, "registered", |view| view.all("orders").len() == 1).await;
    assert!(discovery.pick("orders").is_none());
    handle.set_status(Status::Up);
    let picked = discovery.wait_for("ORDERS", soon()).await.expect("up");
    assert_eq!((picked.base_url.as_str(), picked.app.as_str()), ("http://127.0.0.1:1/", "orders"));
    handle.set_status(Status::Down);
    eventually(&discovery, "down", |view| count(view) == 0).await;
}

#[tokio::test]
async fn waiting_for_what_never_comes_ends_at_the_deadline() {
    let registry = Registry::start().await;
    let shutdown = Shutdown::new();
    let discovery = Discovery::start(config([registry.url("orders")]), &shutdown);
    let deadline = tokio::time::Instant::now() + Duration::from_millis(100);
    assert!(discovery.wait_for("orders", deadline).await.is_none());
    shutdown.request();
    assert!(discovery.wait_for("orders", soon()).await.is_none(), "and when the process stops");
}
