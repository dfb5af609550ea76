//! Who is believed in a shop of this machine: signing keys, the trust bundle, credentials for discovery, and
//! the passwords between processes. Made once, kept in the data folder, each file readable by its owner only.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use rand::distr::{Alphanumeric, SampleString as _};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use souk_contracts::identity::{Issuer, IssuerKind, KeyFile, TrustBundle, generate_key};

use crate::{
    home::{Home, write_private},
    services::Service,
};

/// Paths of what processes are given, and the secrets that go into their environments.
#[derive(Debug, Clone)]
pub struct Trust {
    folder: PathBuf,
    pub secrets: Secrets,
}

/// Random words, by what they open.
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

impl Trust {
    /// Reads what is there and makes what is missing. `extra_apps` may register with discovery beside our own.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn prepare(home: &Home, extra_apps: &[String]) -> anyhow::Result<Self> {
        let folder = home.trust();
        let secrets = prepare_secrets(&folder, extra_apps)?;
        let trust = Self { folder, secrets };
        trust.write_bundle()?;
        Ok(trust)
    }

    /// Public keys of every issuer: `SOUK_TRUST_BUNDLE`.
    pub fn bundle(&self) -> PathBuf {
        self.folder.join("bundle.json")
    }

    /// `SOUK_SERVICE_KEY` of one service.
    pub fn service_key(&self, service: Service) -> PathBuf {
        self.folder.join(format!("{}.key.json", service.name()))
    }

    /// `SOUK_SIGNING_KEYS` of accounts.
    pub fn signing_keys(&self) -> PathBuf {
        self.folder.join("accounts-signing.json")
    }

    /// `SOUK_DISCOVERY_CREDENTIALS` of discovery.
    pub fn credentials(&self) -> PathBuf {
        self.folder.join("discovery.json")
    }

    /// People that accounts makes at its start.
    pub fn people(&self) -> PathBuf {
        self.folder.join("people.json")
    }

    fn write_bundle(&self) -> anyhow::Result<()> {
        let signing = self.signing_keys_of_accounts()?;
        let mut issuers = vec![Issuer {
            issuer: "souk:accounts".to_owned(),
            kind: IssuerKind::Users,
            keys: serde_json::from_value(json!({ "keys": signing }))?,
        }];
        for service in Service::SUBGRAPHS {
            let key = self.key_of(service)?;
            issuers.push(Issuer {
                issuer: key.issuer,
                kind: IssuerKind::Service { service: service.name().to_owned(), guests: service == Service::Orders },
                keys: serde_json::from_value(json!({ "keys": [key.public_key] }))?,
            });
        }
        let bundle = serde_json::to_vec_pretty(&TrustBundle { issuers })?;
        write_private(&self.bundle(), &bundle).context("the trust bundle cannot be written")
    }

    fn key_of(&self, service: Service) -> anyhow::Result<KeyFile> {
        let path = self.service_key(service);
        if !path.exists() {
            // accounts issues twice under one name: with this key as a service, with its signing keys for people.
            let (file, _) = generate_key(&format!("souk:{}", service.name()), rand::random());
            write_private(&path, file.as_bytes())?;
        }
        read_json(&path)
    }

    fn signing_keys_of_accounts(&self) -> anyhow::Result<Vec<Value>> {
        let path = self.signing_keys();
        if !path.exists() {
            let (file, _) = generate_key("souk:accounts", rand::random());
            let mut key: Value = serde_json::from_str(&file)?;
            key["use_after"] = json!(0);
            write_private(&path, &serde_json::to_vec_pretty(&json!([key]))?)?;
        }
        let keys: Vec<Value> = read_json(&path)?;
        Ok(keys.into_iter().map(|key| key["public_key"].clone()).collect())
    }
}

fn prepare_secrets(folder: &Path, extra_apps: &[String]) -> anyhow::Result<Secrets> {
    let path = folder.join("secrets.json");
    let mut secrets: Secrets = if path.exists() { read_json(&path)? } else { Secrets::default() };
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
    write_private(&path, &serde_json::to_vec_pretty(&secrets)?).context("the secrets cannot be written")?;
    write_private(&folder.join("discovery.json"), &serde_json::to_vec_pretty(&secrets.discovery)?)?;
    Ok(secrets)
}

/// Letters and digits only, so that it needs no escaping in SQL, URLs or shells; 190 bits.
fn random_word() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 32)
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let text = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is damaged: `souk reset` makes it anew", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use souk_contracts::identity::{Signer, Verifier};

    use super::*;

    #[test]
    fn keys_are_made_once_and_verify_by_the_bundle() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let first = Trust::prepare(&home, &[]).unwrap();
        let again = Trust::prepare(&home, &["Reviews".to_owned()]).unwrap();
        assert_eq!(first.secrets.mysql, again.secrets.mysql);
        assert!(again.secrets.discovery.contains_key("reviews"));

        let bundle: TrustBundle = read_json(&again.bundle()).unwrap();
        let signer = Signer::from_key_file(&fs::read_to_string(again.service_key(Service::Orders)).unwrap()).unwrap();
        let token = signer.sign_service("orders", "payments", 1_000, 60).unwrap();
        let token = secrecy::ExposeSecret::expose_secret(&token).to_owned();
        assert!(Verifier::new(&bundle).verify(&token, &["payments"], 1_000).is_ok());
    }

    #[test]
    fn nobody_else_reads_the_trust_folder() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let trust = Trust::prepare(&home, &[]).unwrap();
        for path in [trust.bundle(), trust.signing_keys(), trust.credentials(), trust.service_key(Service::Payments)] {
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
        }
    }
}
