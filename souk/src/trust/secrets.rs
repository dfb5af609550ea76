//! Random words, by what they open: passwords of the databases, credentials for discovery, the provider's keys.

use std::{collections::BTreeMap, path::Path};

use anyhow::Context as _;
use rand::distr::{Alphanumeric, SampleString as _};
use serde::{Deserialize, Serialize};

use super::read_json;
use crate::{
    home::{Home, write_durable},
    services::Service,
};

/// Made once, kept in `secrets.json`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Secrets {
    /// Service -> password of its database user.
    #[serde(default)]
    pub mysql: BTreeMap<String, String>,
    /// The private server's administrator; never given to a service.
    #[serde(default)]
    pub mysql_root: String,
    #[serde(default)]
    pub provider_api_key: String,
    #[serde(default)]
    pub provider_webhook: String,
    /// Application -> credential with which it registers.
    #[serde(default)]
    pub discovery: BTreeMap<String, String>,
}

impl Secrets {
    /// Of a shop that was started before.
    ///
    /// # Errors
    /// When there are none.
    pub fn read(home: &Home) -> anyhow::Result<Self> {
        read_json(&home.trust().join("secrets.json"))
    }

    /// Reads what is there and makes what is missing.
    pub(super) fn prepare(folder: &Path, extra_apps: &[String]) -> anyhow::Result<Self> {
        let path = folder.join("secrets.json");
        let mut secrets: Self = if path.exists() { read_json(&path)? } else { Self::default() };
        for service in Service::SUBGRAPHS {
            secrets.mysql.entry(service.name().to_owned()).or_insert_with(random_word);
        }
        let ours = Service::ALL.iter().map(|service| service.name().to_owned());
        for app in ours.chain(extra_apps.iter().map(|app| app.to_lowercase())) {
            secrets.discovery.entry(app).or_insert_with(random_word);
        }
        for word in [&mut secrets.mysql_root, &mut secrets.provider_api_key, &mut secrets.provider_webhook] {
            if word.is_empty() {
                *word = random_word();
            }
        }
        write_durable(&path, &serde_json::to_vec_pretty(&secrets)?).context("the secrets cannot be written")?;
        write_durable(&folder.join("discovery.json"), &serde_json::to_vec_pretty(&secrets.discovery)?)?;
        Ok(secrets)
    }
}

/// Letters and digits only, so that it needs no escaping in SQL, URLs or shells; 190 bits.
fn random_word() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 32)
}
