//! What a subgraph tells discovery about itself.

use std::{collections::BTreeMap, fmt::Write as _, net::SocketAddr};

use discovery_client::{Registration, RegistrationHandle};
use sha2::{Digest as _, Sha256};

use crate::runtime::Runtime;

/// Registers, or nothing when no registry is configured.
pub(super) async fn register(
    runtime: &Runtime,
    address: SocketAddr,
    sdl: &str,
    subscriptions: bool,
) -> Option<RegistrationHandle> {
    let config = &runtime.config;
    if config.discovery_urls.is_empty() {
        return None;
    }
    let app = config.service.to_ascii_uppercase();
    let id = format!("{}:{}:{}", config.advertise_host, config.instance, address.port());
    let mut registration = Registration::new(&app, &config.advertise_host, address.port());
    registration.instance_id = id;
    registration.metadata = metadata(config.service, sdl, subscriptions);
    Some(runtime.discovery.register(registration).await)
}

fn metadata(service: &str, sdl: &str, subscriptions: bool) -> BTreeMap<String, String> {
    let mut sha256 = String::with_capacity(64);
    for byte in Sha256::digest(sdl) {
        // Writing to a String cannot fail.
        let _ = write!(sha256, "{byte:02x}");
    }
    let pairs = [
        ("graphql.subgraph", service),
        ("graphql.path", "/graphql"),
        ("graphql.subscriptions", if subscriptions { "/graphql/ws" } else { "" }),
        ("graphql.sdl.path", "/graphql/sdl"),
        ("graphql.sdl.sha256", &sha256),
    ];
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}
