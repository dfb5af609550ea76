//! The variables of payments, beside those of every subgraph.

use std::time::Duration;

use secrecy::SecretString;
use souk_process::{ConfigFaults, Env};
use souk_subgraph::{SubgraphConfig, reconcile::Pace};

use crate::{commands::Limits, provider::SandboxSettings};

#[derive(Debug)]
pub struct Config {
    pub subgraph: SubgraphConfig,
    /// `SOUK_PROVIDER_URL`, `SOUK_PROVIDER_API_KEY`: the sandbox provider; required. `SOUK_PROVIDER_TIMEOUT_MS`: limit of
    /// one call to it, default 4000.
    pub provider: SandboxSettings,
    /// `SOUK_PROVIDER_WEBHOOK_SECRET`: what the provider signs webhooks with; required.
    pub webhook_secret: SecretString,
    /// `SOUK_PAYMENT_REPLY_MS`: how long a caller waits for the provider, default 1500. `SOUK_PAYMENT_RETRY_MS`: first
    /// pause before an unanswered operation is tried again, default 500, doubled up to `SOUK_PAYMENT_RETRY_MOST_MS`,
    /// default 15000. `SOUK_PAYMENT_ASK_MS`: how often a payment that waits for its customer is looked at, default 30000.
    pub limits: Limits,
    /// How often the payments are held against the provider's book, and how far back.
    pub reconcile: Pace,
}

impl Config {
    /// # Errors
    /// All faults of the environment together.
    pub fn read(env: &mut Env) -> Result<Self, ConfigFaults> {
        let subgraph = SubgraphConfig::read(env, "payments");
        let url = env.required("SOUK_PROVIDER_URL", "base URL of the payment provider");
        let api_key = env.secret("SOUK_PROVIDER_API_KEY", "API key of the payment provider");
        let webhook_secret = env.secret("SOUK_PROVIDER_WEBHOOK_SECRET", "secret that the provider signs webhooks with");
        let timeout = env.millis_or("SOUK_PROVIDER_TIMEOUT_MS", 4_000);
        let limits = Limits {
            reply: env.millis_or("SOUK_PAYMENT_REPLY_MS", 1_500),
            // A capture that is refused is followed by a look: two calls, and room to write the answer down.
            lease: timeout * 2 + Duration::from_secs(5),
            retry_first: env.millis_or("SOUK_PAYMENT_RETRY_MS", 500),
            retry_most: env.millis_or("SOUK_PAYMENT_RETRY_MOST_MS", 15_000),
            ask_every: env.millis_or("SOUK_PAYMENT_ASK_MS", 30_000),
        };
        let reconcile = Pace::read(env);
        let config = (|| {
            let provider = SandboxSettings { url: url?, api_key: api_key?, timeout };
            Some(Self { subgraph: subgraph?, provider, webhook_secret: webhook_secret?, limits, reconcile })
        })();
        env.finish_with(config)
    }
}
