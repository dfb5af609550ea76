//! Who is believed: signing keys, the trust bundle, credentials for discovery, and the passwords between processes.
//! Made once, each file readable by its owner only. A shop of this machine keeps them in its data folder; `souk trust`
//! makes them for services that run elsewhere.

mod handout;
mod renew;
mod secrets;

use std::{
    fs::{self, OpenOptions, TryLockError},
    io::ErrorKind,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
pub use renew::Renewable;
pub use secrets::Secrets;
use serde_json::{Value, json};
use souk_contracts::identity::{Issuer, IssuerKind, KeyFile, TrustBundle, generate_key};

use crate::{
    home::{Home, make_private, write_durable},
    services::Service,
};

/// For somebody else who makes or renews keys in the same folder, which takes milliseconds.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Paths of what processes are given, and the secrets that go into their environments.
#[derive(Debug, Clone)]
pub struct Trust {
    folder: PathBuf,
    pub secrets: Secrets,
}

impl Trust {
    /// The trust material of a shop of this machine.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn prepare(home: &Home, extra_apps: &[String]) -> anyhow::Result<Self> {
        Self::in_folder(&home.trust(), extra_apps)
    }

    /// Reads what is there and makes what is missing. `extra_apps` may register with discovery beside our own.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn in_folder(folder: &Path, extra_apps: &[String]) -> anyhow::Result<Self> {
        make_private(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        let folder = fs::canonicalize(folder)?;
        let _alone = lock(&folder)?;
        let secrets = Secrets::prepare(&folder, extra_apps)?;
        let trust = Self { folder, secrets };
        trust.write_bundle()?;
        Ok(trust)
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Public keys of every issuer: `SOUK_TRUST_BUNDLE`.
    pub fn bundle(&self) -> PathBuf {
        self.folder.join("bundle.json")
    }

    /// `SOUK_SERVICE_KEY` of one service.
    pub fn service_key(&self, service: Service) -> PathBuf {
        self.folder.join(format!("{}.key.json", service.name()))
    }

    /// The public key that was a service's before its last renewal.
    fn previous_key(&self, service: Service) -> PathBuf {
        self.folder.join(format!("{}.previous.json", service.name()))
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
            let mut keys = vec![serde_json::to_value(&key.public_key)?];
            keys.extend(self.previous_public_key(service)?);
            issuers.push(Issuer {
                issuer: key.issuer,
                kind: IssuerKind::Service { service: service.name().to_owned(), guests: service == Service::Orders },
                keys: serde_json::from_value(json!({ "keys": keys }))?,
            });
        }
        let bundle = serde_json::to_vec_pretty(&TrustBundle { issuers })?;
        write_durable(&self.bundle(), &bundle).context("the trust bundle cannot be written")
    }

    fn key_of(&self, service: Service) -> anyhow::Result<KeyFile> {
        let path = self.service_key(service);
        if !path.exists() {
            // accounts issues twice under one name: with this key as a service, with its signing keys for people.
            let (file, _) = generate_key(&format!("souk:{}", service.name()), rand::random());
            write_durable(&path, file.as_bytes())?;
        }
        read_json(&path)
    }

    fn signing_keys_of_accounts(&self) -> anyhow::Result<Vec<Value>> {
        let path = self.signing_keys();
        if !path.exists() {
            let (file, _) = generate_key("souk:accounts", rand::random());
            let mut key: Value = serde_json::from_str(&file)?;
            key["use_after"] = json!(0);
            write_durable(&path, &serde_json::to_vec_pretty(&json!([key]))?)?;
        }
        let keys: Vec<Value> = read_json(&path)?;
        Ok(keys.into_iter().map(|key| key["public_key"].clone()).collect())
    }
}

/// Until it is dropped nobody else makes or renews anything here: the bundle is made of all keys, so that of two
/// renewals at once the slower one would leave the other's new key out.
fn lock(folder: &Path) -> anyhow::Result<fs::File> {
    let path = folder.join("lock");
    let opened = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = opened.with_context(|| format!("{} cannot be made", path.display()))?;
    let deadline = Instant::now() + LONGEST_WAIT;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            // A file system without locks: as good as it gets there.
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => return Ok(file),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("{} cannot be locked", path.display()));
            }
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(10)),
            Err(TryLockError::WouldBlock) => {
                bail!(
                    "{} has been locked for {} s: end the other `souk trust` first",
                    path.display(),
                    LONGEST_WAIT.as_secs()
                )
            }
        }
    }
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let text = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_slice(&text).with_context(|| {
        format!("{} is damaged: restore it from a copy, or delete it and it is made anew", path.display())
    })
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
