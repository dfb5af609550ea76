//! The variables that every subgraph reads.

use std::{net::SocketAddr, num::NonZeroU32, path::PathBuf, time::Duration};

use secrecy::SecretString;
use souk_process::Env;

/// Development opens CORS and shortens nothing; production is the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    Dev,
    Production,
}

impl std::str::FromStr for Profile {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "dev" => Ok(Self::Dev),
            "production" => Ok(Self::Production),
            _ => Err("expected dev or production"),
        }
    }
}

/// A service at a fixed address, written `name=url`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedService {
    pub name: String,
    pub url: url::Url,
}

impl std::str::FromStr for FixedService {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, url) = text.split_once('=').ok_or("expected name=url")?;
        let url = url.parse().map_err(|error| format!("the address of {name}: {error}"))?;
        Ok(Self { name: name.trim().to_owned(), url })
    }
}

#[derive(Debug, Clone)]
pub struct SubgraphConfig {
    /// The service's name, e.g. `orders`; not a variable.
    pub service: &'static str,
    /// `SOUK_INSTANCE`: this instance's name among its replicas. Default `<service>-<pid>`.
    pub instance: String,
    /// `SOUK_LISTEN`: address for GraphQL, health and metrics. Default `127.0.0.1:0`, a free port.
    pub listen: SocketAddr,
    /// `SOUK_ADVERTISE_HOST`: host under which others reach this process. Default `127.0.0.1`.
    pub advertise_host: String,
    /// `SOUK_READY_FILE`: where to tell the bound address. Default none.
    pub ready_file: Option<PathBuf>,
    /// `SOUK_MYSQL_URL`: `mysql://user:password@host:port/database`. Required.
    pub mysql_url: SecretString,
    /// `SOUK_MYSQL_POOL`: connections at most. Default 10.
    pub mysql_pool: u32,
    /// `SOUK_KAFKA_BROKERS`: bootstrap servers. Required but for accounts.
    pub kafka_brokers: Option<String>,
    /// `SOUK_KAFKA_EPOCH`: identity of a broker that forgets at restart. Default: the cluster id.
    pub kafka_epoch: Option<String>,
    /// `SOUK_DISCOVERY_URLS`: registries, comma-separated. Default none: not registered, nobody found.
    pub discovery_urls: Vec<url::Url>,
    /// `SOUK_SERVICES`: fixed addresses for a set-up without a registry, `payments=http://10.0.0.7:8080,...`; used
    /// only when `SOUK_DISCOVERY_URLS` is empty. Default none.
    pub services: Vec<FixedService>,
    /// `SOUK_DISCOVERY_SECRET`: this service's credential for writes to the registry.
    pub discovery_secret: Option<SecretString>,
    /// `SOUK_TRUST_BUNDLE`: file with the issuers and public keys that are believed. Required.
    pub trust_bundle: PathBuf,
    /// `SOUK_SERVICE_KEY`: file with this service's signing key. Required.
    pub service_key: PathBuf,
    /// `SOUK_PROFILE`: `dev` or `production`. Default `production`.
    pub profile: Profile,
    /// `SOUK_CALL_TIMEOUT_MS`: limit of one call to another service. Default 5000.
    pub call_timeout: Duration,
    /// `SOUK_DRAIN_MS`: how long requests under way may take at a stop. Default 5000.
    pub drain: Duration,
}

impl SubgraphConfig {
    /// Reads the common variables; None when a required one is missing (the fault is in `env`).
    pub fn read(env: &mut Env, service: &'static str) -> Option<Self> {
        let mysql_url =
            env.secret("SOUK_MYSQL_URL", "URL of this service's database, mysql://user:password@host:port/database");
        let trust_bundle = env.required("SOUK_TRUST_BUNDLE", "path of the trust bundle");
        let service_key = env.required("SOUK_SERVICE_KEY", "path of this service's signing key file");
        let kafka_brokers = env.optional("SOUK_KAFKA_BROKERS");
        if kafka_brokers.is_none() && service != "accounts" {
            env.fault("SOUK_KAFKA_BROKERS is missing: set it to the bootstrap servers, host:port,host:port");
        }
        Some(Self {
            service,
            instance: env.or("SOUK_INSTANCE", format!("{service}-{}", std::process::id())),
            listen: env.or("SOUK_LISTEN", SocketAddr::from(([127, 0, 0, 1], 0))),
            advertise_host: env.or("SOUK_ADVERTISE_HOST", "127.0.0.1".to_owned()),
            ready_file: env.optional("SOUK_READY_FILE"),
            mysql_pool: env.or("SOUK_MYSQL_POOL", NonZeroU32::MIN.saturating_add(9)).get(),
            kafka_brokers,
            kafka_epoch: env.optional("SOUK_KAFKA_EPOCH"),
            discovery_urls: env.list("SOUK_DISCOVERY_URLS"),
            services: env.list("SOUK_SERVICES"),
            discovery_secret: env.optional::<String>("SOUK_DISCOVERY_SECRET").map(SecretString::from),
            profile: env.or("SOUK_PROFILE", Profile::Production),
            call_timeout: env.millis_or("SOUK_CALL_TIMEOUT_MS", 5_000),
            drain: env.millis_or("SOUK_DRAIN_MS", 5_000),
            mysql_url: mysql_url?,
            trust_bundle: trust_bundle?,
            service_key: service_key?,
        })
    }
}
