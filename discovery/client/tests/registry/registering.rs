//! Staying registered, and leaving.

use std::time::{Duration, Instant};

use discovery_client::{Discovery, DiscoveryConfig, Registration};
use souk_process::Shutdown;
use tokio::net::TcpListener;
use url::Url;

use crate::running::{Registry, config, count, eventually, orders};

#[tokio::test]
async fn after_a_restart_of_the_registry_everybody_registers_again() {
    let registry = Registry::start().await;
    let (address, shutdown) = (registry.address, Shutdown::new());
    let discovery = Discovery::start(config([registry.url("orders")]), &shutdown);
    let handle = discovery.register(orders(1).with("graphql.path", "/graphql")).await;
    assert!(handle.is_registered());
    registry.stop().await;

    let registry = Registry::start_at(address).await;
    // Fresh eyes, that remember nothing of before.
    let observer = Discovery::start(config([registry.url("payments")]), &shutdown);
    eventually(&observer, "registered again", |view| count(view) == 1).await;
    assert_eq!(observer.view().up("orders")[0].meta("graphql.path"), Some("/graphql"));
}

#[tokio::test]
async fn renewals_keep_a_lease_alive() {
    let registry = Registry::start().await;
    let shutdown = Shutdown::new();
    let discovery = Discovery::start(config([registry.url("orders")]), &shutdown);
    let _kept = discovery.register(Registration { lease_s: 2, renewal_s: 1, ..orders(1) }).await;
    // Its lease ends after 4 s without a renewal; when it is gone, the other has outlived two of its own.
    let _silent = discovery.register(Registration { lease_s: 4, renewal_s: 3_600, ..orders(2) }).await;
    eventually(&discovery, "both", |view| count(view) == 2).await;
    eventually(&discovery, "one fell silent", |view| count(view) < 2).await;
    assert_eq!(discovery.view().up("orders")[0].id, "127.0.0.1:orders:1");
}

#[tokio::test]
async fn who_deregisters_is_gone_at_once() {
    let registry = Registry::start().await;
    let shutdown = Shutdown::new();
    let discovery = Discovery::start(config([registry.url("orders")]), &shutdown);
    let handle = discovery.register(orders(1)).await;
    eventually(&discovery, "registered", |view| count(view) == 1).await;
    handle.deregister().await;
    let observer = Discovery::start(config([registry.url("payments")]), &shutdown);
    eventually(&observer, "loaded", |view| view.loaded).await;
    assert!(observer.view().app("orders").is_none());
}

#[tokio::test]
async fn a_process_that_stops_says_goodbye() {
    let registry = Registry::start().await;
    let (stopping, staying) = (Shutdown::new(), Shutdown::new());
    let leaving = Discovery::start(config([registry.url("orders")]), &stopping);
    let observer = Discovery::start(config([registry.url("payments")]), &staying);
    // Also when nobody holds the handle any more.
    drop(leaving.register(orders(1)).await);
    eventually(&observer, "registered", |view| count(view) == 1).await;
    assert!(stopping.drain(Duration::from_secs(10)).await);
    eventually(&observer, "gone", |view| view.app("orders").is_none()).await;
}

#[tokio::test]
async fn a_wrong_credential_is_told_and_does_not_hold_the_process_up() {
    let registry = Registry::start().await;
    let mut url = registry.url("orders");
    url.set_password(Some("guess")).unwrap();
    let short = DiscoveryConfig { request_timeout: Duration::from_millis(300), ..config([url]) };
    let shutdown = Shutdown::new();
    let discovery = Discovery::start(short, &shutdown);
    let handle = discovery.register(orders(1)).await;
    assert!(!handle.is_registered());
    eventually(&discovery, "reading works", |view| view.loaded).await;
    handle.deregister().await;
}

#[tokio::test]
async fn a_registry_that_hangs_does_not_hold_the_goodbye_up() {
    // Accepts connections by its backlog and never answers.
    let hanging = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://orders:secret@{}/eureka", hanging.local_addr().unwrap())).unwrap();
    let slow = DiscoveryConfig { request_timeout: Duration::from_secs(30), ..config([url]) };
    let shutdown = Shutdown::new();
    let discovery = Discovery::start(slow, &shutdown);
    let registering = discovery.register(orders(1));
    assert!(tokio::time::timeout(Duration::from_millis(50), registering).await.is_err());
    let stopped = Instant::now();
    assert!(shutdown.drain(Duration::from_secs(10)).await);
    assert!(stopped.elapsed() < Duration::from_secs(5), "{:?}", stopped.elapsed());
}
