//! The registry's configuration.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, time::Duration};

use secrecy::{ExposeSecret as _, SecretString};
use souk_process::{ConfigFaults, Env, telemetry::TelemetryConfig};

use crate::registry::Policy;

/// A credential that registers any application, for set-ups that cannot give each one its own.
#[derive(Debug, Clone)]
pub struct SharedCredential {
    pub user: String,
    pub secret: SecretString,
}

/// Everything the registry is told at start.
#[derive(Debug, Clone)]
pub struct Config {
    /// `SOUK_LISTEN`: address to listen on. Default `127.0.0.1:8761`; port 0 takes a free one.
    pub listen: SocketAddr,
    /// `SOUK_READY_FILE`: where to write the bound address.
    pub ready_file: Option<PathBuf>,
    /// `SOUK_DISCOVERY_CREDENTIALS`: path of a JSON object, application name to secret, or the object itself. HTTP
    /// Basic user = application name. Held by lower-case name.
    pub credentials: BTreeMap<String, SecretString>,
    /// `SOUK_DISCOVERY_SHARED_CREDENTIAL`: `user:secret` that may write for every application. Default none.
    pub shared_credential: Option<SharedCredential>,
    /// `SOUK_DISCOVERY_EVICTION_INTERVAL_MS`: how often expired leases are looked for. Default 1,000 ms.
    pub eviction_interval: Duration,
    /// `SOUK_DISCOVERY_DELTA_RETENTION_MS`: how long a change is part of the delta. Default 180,000 ms.
    pub delta_retention: Duration,
    /// `SOUK_DISCOVERY_SELF_PRESERVATION_FROM`: number of instances from which mass expiry is taken for a network
    /// fault instead. Default 10; a huge number switches it off.
    pub self_preservation_from: usize,
    /// `SOUK_DISCOVERY_MAX_INSTANCES`: registrations beyond it are refused. Default 20,000.
    pub max_instances: usize,
    /// `SOUK_DISCOVERY_MAX_FEEDS`: open change feeds beyond it are refused. Default 2,000.
    pub max_feeds: usize,
    pub telemetry: TelemetryConfig,
}

impl Config {
    /// Reads the variables named at each field.
    ///
    /// # Errors
    /// All faults found in `env`, together.
    pub fn read(env: &mut Env) -> Result<Self, ConfigFaults> {
        let credentials = read_credentials(env);
        let shared_credential = read_shared_credential(env);
        if credentials.is_empty() && shared_credential.is_none() {
            env.fault(
                "SOUK_DISCOVERY_CREDENTIALS is missing or empty: set it to a JSON object of application names to \
                 secrets, or to the path of one; without it nothing can register",
            );
        }
        let config = Self {
            listen: env.or("SOUK_LISTEN", SocketAddr::from(([127, 0, 0, 1], 8761))),
            ready_file: env.optional("SOUK_READY_FILE"),
            credentials,
            shared_credential,
            eviction_interval: env
                .millis_or("SOUK_DISCOVERY_EVICTION_INTERVAL_MS", 1_000)
                .max(Duration::from_millis(10)),
            delta_retention: env.millis_or("SOUK_DISCOVERY_DELTA_RETENTION_MS", 180_000),
            self_preservation_from: env.or("SOUK_DISCOVERY_SELF_PRESERVATION_FROM", 10),
            max_instances: env.or("SOUK_DISCOVERY_MAX_INSTANCES", 20_000),
            max_feeds: env.or("SOUK_DISCOVERY_MAX_FEEDS", 2_000),
            telemetry: TelemetryConfig::read(env),
        };
        env.finish_with(Some(config))
    }

    pub(crate) fn policy(&self) -> Policy {
        Policy {
            delta_retention_ms: self.delta_retention.as_millis() as i64,
            self_preservation_from: self.self_preservation_from,
            max_instances: self.max_instances,
        }
    }
}

/// The value is a path, or the object itself when it starts with a brace. Its content is never part of a fault.
fn read_credentials(env: &mut Env) -> BTreeMap<String, SecretString> {
    let Some(value) = env.raw("SOUK_DISCOVERY_CREDENTIALS").map(str::to_owned) else { return BTreeMap::new() };
    let text = if value.starts_with('{') { Ok(value) } else { std::fs::read_to_string(&value) };
    let text = match text {
        Ok(text) => text,
        Err(error) => {
            env.fault(format!("SOUK_DISCOVERY_CREDENTIALS names a file that cannot be read: {error}"));
            return BTreeMap::new();
        }
    };
    let Ok(credentials) = serde_json::from_str::<BTreeMap<String, SecretString>>(&text) else {
        env.fault("SOUK_DISCOVERY_CREDENTIALS is not a JSON object of application names to secrets");
        return BTreeMap::new();
    };
    if credentials.iter().any(|(app, secret)| app.is_empty() || secret.expose_secret().is_empty()) {
        env.fault("SOUK_DISCOVERY_CREDENTIALS holds an application without a name or a secret");
    }
    credentials.into_iter().map(|(app, secret)| (app.to_lowercase(), secret)).collect()
}

fn read_shared_credential(env: &mut Env) -> Option<SharedCredential> {
    let pair: String = env.optional("SOUK_DISCOVERY_SHARED_CREDENTIAL")?;
    let credential = split_pair(&pair).map(|(user, secret)| SharedCredential { user: user.to_owned(), secret });
    if credential.is_none() {
        env.fault("SOUK_DISCOVERY_SHARED_CREDENTIAL is not user:secret");
    }
    credential
}

fn split_pair(pair: &str) -> Option<(&str, SecretString)> {
    let (name, secret) = pair.split_once(':')?;
    (!name.is_empty() && !secret.is_empty()).then(|| (name, SecretString::from(secret)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_read_by_lower_case_application_and_never_show() {
        let mut env = Env::from_pairs([("SOUK_DISCOVERY_CREDENTIALS", r#"{"Orders":"a:b","payments":"c"}"#)]);
        let config = Config::read(&mut env).unwrap();
        assert_eq!(config.credentials.keys().collect::<Vec<_>>(), ["orders", "payments"]);
        assert!(!format!("{config:?}").contains("a:b"));
    }

    #[test]
    fn credentials_may_be_in_a_file() {
        let path = format!("{}/tests/fixtures/credentials.json", env!("CARGO_MANIFEST_DIR"));
        let mut env = Env::from_pairs([("SOUK_DISCOVERY_CREDENTIALS", path)]);
        let config = Config::read(&mut env).unwrap();
        assert_eq!(config.credentials.keys().collect::<Vec<_>>(), ["orders", "payments"]);
    }

    #[test]
    fn a_registry_without_credentials_or_with_bad_ones_is_refused() {
        for (value, expected) in [
            ("", "is missing or empty"),
            ("{}", "is missing or empty"),
            ("{\"orders\"", "is not a JSON object"),
            ("{\"orders\":7}", "is not a JSON object"),
            ("{\"orders\":\"\"}", "without a name or a secret"),
            ("/nowhere/credentials.json", "cannot be read"),
        ] {
            let mut env = Env::from_pairs([("SOUK_DISCOVERY_CREDENTIALS", value)]);
            let fault = Config::read(&mut env).unwrap_err().to_string();
            assert!(fault.contains(expected), "{value}: {fault}");
        }
    }
}
