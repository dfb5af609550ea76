//! What a process must know to take part in discovery.

use std::{fmt, time::Duration};

use souk_process::Env;
use url::Url;

use crate::balance::EjectionPolicy;

/// Where the registries are and how closely they are followed.
#[derive(Clone)]
pub struct DiscoveryConfig {
    /// `SOUK_DISCOVERY_URLS`: base addresses, e.g. `http://orders:secret@127.0.0.1:8761/eureka`, comma separated,
    /// the preferred one first. User and password are the credential for registering; reading needs none.
    pub servers: Vec<Url>,
    /// `SOUK_DISCOVERY_REFRESH_MS`: how often changes are fetched. Default 2,000 ms.
    pub refresh: Duration,
    /// `SOUK_DISCOVERY_FOLLOW_CHANGES`: use the registry's change feed where it has one. Default true.
    pub follow_changes: bool,
    /// `SOUK_DISCOVERY_CONNECT_TIMEOUT_MS`. Default 1,000 ms.
    pub connect_timeout: Duration,
    /// `SOUK_DISCOVERY_TIMEOUT_MS`: limit of one request to a registry. Default 3,000 ms.
    pub request_timeout: Duration,
    /// The longest pause between two tries of a registry that fails; it starts at `refresh`. 5 s.
    pub backoff_limit: Duration,
    /// When an instance that fails is passed over, and for how long.
    pub ejection: EjectionPolicy,
}

impl DiscoveryConfig {
    /// The given registries with the default timings.
    pub fn new(servers: impl IntoIterator<Item = Url>) -> Self {
        Self {
            servers: servers.into_iter().collect(),
            refresh: Duration::from_secs(2),
            follow_changes: true,
            connect_timeout: Duration::from_secs(1),
            request_timeout: Duration::from_secs(3),
            backoff_limit: Duration::from_secs(5),
            ejection: EjectionPolicy::default(),
        }
    }

    /// Reads the `SOUK_DISCOVERY_*` variables; faults are recorded in `env`.
    pub fn read(env: &mut Env) -> Self {
        let servers: Vec<Url> = env.list("SOUK_DISCOVERY_URLS");
        if servers.is_empty() {
            env.fault(
                "SOUK_DISCOVERY_URLS is missing: set it to the addresses of the registries, \
                 e.g. http://app:secret@127.0.0.1:8761/eureka",
            );
        }
        if servers.iter().any(|url| !matches!(url.scheme(), "http" | "https") || url.host_str().is_none()) {
            env.fault("SOUK_DISCOVERY_URLS holds an address that is not http:// or https://");
        }
        let defaults = Self::new(servers);
        Self {
            refresh: env.millis_or("SOUK_DISCOVERY_REFRESH_MS", 2_000).max(Duration::from_millis(50)),
            follow_changes: env.or("SOUK_DISCOVERY_FOLLOW_CHANGES", true),
            connect_timeout: env.millis_or("SOUK_DISCOVERY_CONNECT_TIMEOUT_MS", 1_000),
            request_timeout: env.millis_or("SOUK_DISCOVERY_TIMEOUT_MS", 3_000),
            ..defaults
        }
    }
}

impl fmt::Debug for DiscoveryConfig {
    /// Without the credentials that the addresses carry.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let servers: Vec<&str> = self.servers.iter().filter_map(Url::host_str).collect();
        f.debug_struct("DiscoveryConfig")
            .field("servers", &servers)
            .field("refresh", &self.refresh)
            .field("follow_changes", &self.follow_changes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_are_required_and_credentials_never_show() {
        let mut env = Env::from_pairs([("SOUK_DISCOVERY_URLS", "")]);
        DiscoveryConfig::read(&mut env);
        assert!(env.finish().unwrap_err().to_string().contains("SOUK_DISCOVERY_URLS"));

        let mut env = Env::from_pairs([("SOUK_DISCOVERY_URLS", "http://orders:hush@127.0.0.1:8761/eureka")]);
        let config = DiscoveryConfig::read(&mut env);
        assert!(env.finish().is_ok());
        assert!(!format!("{config:?}").contains("hush"));
    }
}
