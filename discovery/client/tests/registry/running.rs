//! A registry of ours that can stop and come back on the same address, and clients that follow it.

use std::{net::SocketAddr, time::Duration};

use discovery_client::{Discovery, DiscoveryConfig, Registration, RegistryView};
use discovery_server::{Config, RunError};
use souk_process::{Env, Shutdown};
use tokio::{net::TcpListener, task::JoinHandle, time::Instant};
use url::Url;

pub struct Registry {
    pub address: SocketAddr,
    shutdown: Shutdown,
    task: JoinHandle<Result<(), RunError>>,
}

impl Registry {
    pub async fn start() -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap()).await
    }

    pub async fn start_at(address: SocketAddr) -> Self {
        let mut env = Env::from_pairs([
            ("SOUK_DISCOVERY_CREDENTIALS", r#"{"orders":"secret","payments":"secret"}"#),
            ("SOUK_DISCOVERY_EVICTION_INTERVAL_MS", "20"),
        ]);
        let config = Config::read(&mut env).unwrap();
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = Shutdown::new();
        let task = tokio::spawn(discovery_server::serve(listener, config, shutdown.clone()));
        Self { address, shutdown, task }
    }

    /// Ends once the port is free again; everything it knew is lost.
    pub async fn stop(self) {
        self.shutdown.request();
        self.task.await.unwrap().unwrap();
    }

    pub fn url(&self, app: &str) -> Url {
        Url::parse(&format!("http://{app}:secret@{}/eureka", self.address)).unwrap()
    }
}

/// Follows `servers` closely.
pub fn config(servers: impl IntoIterator<Item = Url>) -> DiscoveryConfig {
    DiscoveryConfig { refresh: Duration::from_millis(50), ..DiscoveryConfig::new(servers) }
}

pub fn orders(port: u16) -> Registration {
    Registration { renewal_s: 1, ..Registration::new("orders", "127.0.0.1", port) }
}

pub fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

/// Waits until the view fulfils `condition`; fails with `what` after 20 s.
pub async fn eventually(discovery: &Discovery, what: &str, condition: impl FnMut(&RegistryView) -> bool) {
    let found = discovery.wait_until(soon(), condition).await;
    assert!(found.is_some(), "not in 20 s: {what}; the view is {:?}", discovery.view());
}

pub fn count(view: &RegistryView) -> usize {
    view.up("orders").len()
}
