//! What the provider reads from its environment.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use secrecy::SecretString;
use souk_process::config::{ConfigFaults, Env};
use url::Url;

#[derive(Debug)]
pub struct Config {
    /// `SOUK_LISTEN`: host:port, default 127.0.0.1:0 (a free port).
    pub listen: SocketAddr,
    /// `SOUK_READY_FILE`: where the address is told, default nowhere.
    pub ready_file: Option<PathBuf>,
    /// `SOUK_PROVIDER_API_KEY`: the bearer token of the shop; required.
    pub api_key: SecretString,
    /// `SOUK_PROVIDER_WEBHOOK_SECRET`: signs webhooks; required.
    pub webhook_secret: SecretString,
    /// `SOUK_PROVIDER_WEBHOOK_URL`: where webhooks go; required.
    pub webhook_url: Url,
    /// `SOUK_PROVIDER_LEDGER`: the ledger's file, made when missing; required.
    pub ledger: PathBuf,
    /// `SOUK_PROVIDER_PUBLIC_URL`: what customers' browsers reach, default the listening address.
    pub public_url: Option<Url>,
    pub timing: Timing,
}

/// How long the test tokens make one wait, and the limits of webhooks.
#[derive(Debug, Clone)]
pub struct Timing {
    /// `SOUK_PROVIDER_SLOW_MS`: the delay of `tok_slow`, default 3000.
    pub slow: Duration,
    /// `SOUK_PROVIDER_HANG_MS`: how long the timeout tokens hang, default 60000.
    pub hang: Duration,
    /// `SOUK_PROVIDER_LATE_MS`: when the money of `tok_failed_then_ok` arrives, default 2000.
    pub late: Duration,
    /// `SOUK_PROVIDER_ACTION_MS`: how long a customer may take to approve, default 600000.
    pub action: Duration,
    /// `SOUK_PROVIDER_WEBHOOK_RETRY_MS`: the first pause after a refused webhook, doubled up to 30 s, default 200.
    pub webhook_retry: Duration,
    /// `SOUK_PROVIDER_WEBHOOK_TIMEOUT_MS`: how long a receiver may take, default 5000.
    pub webhook_timeout: Duration,
}

impl Config {
    /// # Errors
    /// Every fault found in the environment, together.
    pub fn read(env: &mut Env) -> Result<Self, ConfigFaults> {
        let listen = env.or("SOUK_LISTEN", SocketAddr::from(([127, 0, 0, 1], 0)));
        let ready_file = env.optional("SOUK_READY_FILE");
        let api_key = env.secret("SOUK_PROVIDER_API_KEY", "key with which the shop calls the provider");
        let webhook_secret = env.secret("SOUK_PROVIDER_WEBHOOK_SECRET", "secret that signs webhooks");
        let webhook_url = env.required("SOUK_PROVIDER_WEBHOOK_URL", "url that receives webhooks");
        let ledger = env.required("SOUK_PROVIDER_LEDGER", "path of the ledger file");
        let public_url = env.optional("SOUK_PROVIDER_PUBLIC_URL");
        let timing = Timing {
            slow: env.millis_or("SOUK_PROVIDER_SLOW_MS", 3_000),
            hang: env.millis_or("SOUK_PROVIDER_HANG_MS", 60_000),
            late: env.millis_or("SOUK_PROVIDER_LATE_MS", 2_000),
            action: env.millis_or("SOUK_PROVIDER_ACTION_MS", 600_000),
            webhook_retry: env.millis_or("SOUK_PROVIDER_WEBHOOK_RETRY_MS", 200),
            webhook_timeout: env.millis_or("SOUK_PROVIDER_WEBHOOK_TIMEOUT_MS", 5_000),
        };
        let config = (|| {
            let (api_key, webhook_secret) = (api_key?, webhook_secret?);
            let (webhook_url, ledger) = (webhook_url?, ledger?);
            Some(Self { listen, ready_file, api_key, webhook_secret, webhook_url, ledger, public_url, timing })
        })();
        env.finish_with(config)
    }
}
