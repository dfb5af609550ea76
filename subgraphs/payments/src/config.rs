//! The variables of payments, beside those of every subgraph.

use std::time::Duration;

use secrecy::SecretString;
use souk_process::{ConfigFaults, Env};
use souk_subgraph::{SubgraphConfig, reconcile::Pace};
use url::{Host, Url};

use crate::{
    commands::Limits,
    provider::{SandboxSettings, Settings, StripeSettings},
};

#[derive(Debug)]
pub struct Config {
    pub subgraph: SubgraphConfig,
    /// `SOUK_PAYMENTS_PROVIDER`: `sandbox` or `stripe`, default `sandbox`. `SOUK_PROVIDER_TIMEOUT_MS`: limit of one
    /// request to it, default 4000.
    ///
    /// `SOUK_PROVIDER_URL`, `SOUK_PROVIDER_API_KEY`: the sandbox provider; required when it is used.
    ///
    /// `SOUK_STRIPE_API_KEY`, `SOUK_STRIPE_RETURN_URL` (where the bank sends customers back to): required when Stripe is
    /// used. `SOUK_STRIPE_URL`: default `https://api.stripe.com`; `http` is allowed on loopback, for a stand-in.
    pub provider: Settings,
    /// `SOUK_PROVIDER_WEBHOOK_SECRET` or `SOUK_STRIPE_WEBHOOK_SECRET`: what the provider signs webhooks with; required.
    pub webhook_secret: SecretString,
    /// `SOUK_PAYMENT_REPLY_MS`: how long a caller waits for the provider, default 1500. `SOUK_PAYMENT_RETRY_MS`: first
    /// pause before an unanswered operation is tried again, default 500, doubled up to `SOUK_PAYMENT_RETRY_MOST_MS`,
    /// default 15000. `SOUK_PAYMENT_ASK_MS`: how often a payment that waits for its customer is looked at, default 30000.
    /// `SOUK_PAYMENT_OVERDUE_MS`: how long an operation may be open before people are told, default 900000.
    pub limits: Limits,
    /// How often the payments are held against the provider's book, and how far back.
    pub reconcile: Pace,
}

impl Config {
    /// # Errors
    /// All faults of the environment together.
    pub fn read(env: &mut Env) -> Result<Self, ConfigFaults> {
        let subgraph = SubgraphConfig::read(env, "payments");
        let timeout = env.millis_or("SOUK_PROVIDER_TIMEOUT_MS", 4_000);
        let provider = match env.raw("SOUK_PAYMENTS_PROVIDER") {
            None | Some("sandbox") => sandbox(env, timeout),
            Some("stripe") => stripe(env, timeout),
            Some(_) => {
                env.fault("SOUK_PAYMENTS_PROVIDER cannot be read: set it to sandbox or stripe");
                None
            }
        };
        let requests = match provider {
            Some((Settings::Stripe(_), _)) => StripeSettings::REQUESTS,
            // A capture that is refused is followed by a look.
            Some((Settings::Sandbox(_), _)) | None => 2,
        };
        let limits = Limits {
            reply: env.millis_or("SOUK_PAYMENT_REPLY_MS", 1_500),
            // All that one operation may ask, and room to write the answer down.
            lease: timeout * requests + Duration::from_secs(5),
            retry_first: env.millis_or("SOUK_PAYMENT_RETRY_MS", 500),
            retry_most: env.millis_or("SOUK_PAYMENT_RETRY_MOST_MS", 15_000),
            overdue: env.millis_or("SOUK_PAYMENT_OVERDUE_MS", 900_000),
            ask_every: env.millis_or("SOUK_PAYMENT_ASK_MS", 30_000),
        };
        let reconcile = Pace::read(env);
        let config = (|| {
            let (provider, webhook_secret) = provider?;
            Some(Self { subgraph: subgraph?, provider, webhook_secret, limits, reconcile })
        })();
        env.finish_with(config)
    }
}

fn sandbox(env: &mut Env, timeout: Duration) -> Option<(Settings, SecretString)> {
    let url = env.required("SOUK_PROVIDER_URL", "base URL of the payment provider");
    let api_key = env.secret("SOUK_PROVIDER_API_KEY", "API key of the payment provider");
    let secret = env.secret("SOUK_PROVIDER_WEBHOOK_SECRET", "secret that the provider signs webhooks with");
    Some((Settings::Sandbox(SandboxSettings { url: url?, api_key: api_key?, timeout }), secret?))
}

fn stripe(env: &mut Env, timeout: Duration) -> Option<(Settings, SecretString)> {
    let url = env.optional("SOUK_STRIPE_URL").or_else(|| "https://api.stripe.com".parse().ok());
    if url.as_ref().is_some_and(|url| !is_private(url)) {
        env.fault(
            "SOUK_STRIPE_URL would send the API key in the clear: set it to an https:// URL (http:// is for loopback)",
        );
    }
    let api_key = env.secret("SOUK_STRIPE_API_KEY", "secret or restricted API key of the Stripe account");
    let return_url = env.required("SOUK_STRIPE_RETURN_URL", "URL that the bank sends customers back to");
    let secret = env.secret("SOUK_STRIPE_WEBHOOK_SECRET", "signing secret of the webhook endpoint at Stripe");
    let settings = StripeSettings { url: url?, api_key: api_key?, return_url: return_url?, timeout };
    Some((Settings::Stripe(settings), secret?))
}

/// Whether nobody on the way can read what is sent there.
fn is_private(url: &Url) -> bool {
    let stays_here = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "https" || url.scheme() == "http" && stays_here
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(pairs: &[(&str, &str)]) -> String {
        Config::read(&mut Env::from_pairs(pairs.iter().copied())).unwrap_err().to_string()
    }

    #[test]
    fn only_the_variables_of_the_chosen_provider_are_asked_for_and_all_together() {
        let sandbox = faults(&[]);
        assert!(sandbox.contains("SOUK_PROVIDER_URL") && !sandbox.contains("SOUK_STRIPE"), "{sandbox}");
        let stripe = faults(&[("SOUK_PAYMENTS_PROVIDER", "stripe"), ("SOUK_STRIPE_URL", "nowhere")]);
        for name in ["SOUK_STRIPE_URL", "SOUK_STRIPE_API_KEY", "SOUK_STRIPE_RETURN_URL", "SOUK_STRIPE_WEBHOOK_SECRET"] {
            assert!(stripe.contains(name), "{name}: {stripe}");
        }
        assert!(!stripe.contains("SOUK_PROVIDER_"), "{stripe}");
    }

    #[test]
    fn a_provider_without_an_adapter_is_named_as_a_fault() {
        let faults = faults(&[("SOUK_PAYMENTS_PROVIDER", "paypal")]);
        assert!(faults.contains("set it to sandbox or stripe"), "{faults}");
    }

    #[test]
    fn the_key_of_stripe_crosses_no_network_in_the_clear() {
        let told = |url: &str| {
            faults(&[("SOUK_PAYMENTS_PROVIDER", "stripe"), ("SOUK_STRIPE_URL", url)]).matches("SOUK_STRIPE_URL").count()
        };
        for url in ["https://api.stripe.com", "http://127.0.0.1:12111", "http://localhost:12111", "http://[::1]:12111"]
        {
            assert_eq!(told(url), 0, "{url}");
        }
        for url in ["http://api.stripe.com", "http://10.0.0.1:12111", "http://localhost.example", "ftp://127.0.0.1"] {
            assert_eq!(told(url), 1, "{url}");
        }
    }
}
