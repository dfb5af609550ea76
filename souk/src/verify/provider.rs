//! Asking the payment provider for its ledger.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::ledger::Ledger;

/// A ledger of a long-lived shop is some megabytes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the provider is, and the key that opens it.
#[derive(Debug, Clone)]
pub struct Provider {
    pub url: Url,
    pub api_key: SecretString,
}

impl Provider {
    /// # Errors
    /// When the provider does not answer, refuses the key, or sends what is no ledger.
    pub async fn ledger(&self) -> anyhow::Result<Ledger> {
        let url = self.url.join("/v1/ledger").context("the provider's URL takes no path")?;
        let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
        let asked = client.get(url.clone()).bearer_auth(self.api_key.expose_secret()).send().await;
        let answer = asked.with_context(|| format!("the provider's ledger at {url} cannot be read"))?;
        ensure!(answer.status().is_success(), "the provider answers {} to {url}", answer.status());
        Ledger::parse(&answer.text().await.context("the provider's ledger broke off")?)
    }
}
