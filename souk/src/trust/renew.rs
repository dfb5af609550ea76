//! A key takes another one's place without a moment in which nobody is believed: both public keys stand in the
//! bundle until the next renewal.

use std::{fmt, fs, str::FromStr, time::Duration};

use anyhow::Context as _;
use serde_json::{Value, json};
use souk_contracts::identity::{KeyFile, generate_key};
use souk_process::clock;

use super::{Trust, lock, read_json};
use crate::{home::write_durable, services::Service};

/// From now until the new sign-in key signs: long enough to hand the bundle out.
const NOTICE: Duration = Duration::from_secs(600);
/// A sign-in key that another one has replaced for this long has no valid token left.
const FORGET_AFTER: Duration = Duration::from_secs(3_600);

/// Which key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewable {
    /// The key with which accounts signs people in.
    SignIn,
    /// The key with which a service calls others (of orders: also the guests' key).
    Service(Service),
}

impl FromStr for Renewable {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "sign-in" {
            return Ok(Self::SignIn);
        }
        let found = Service::SUBGRAPHS.into_iter().find(|service| service.name() == text);
        found
            .map(Self::Service)
            .ok_or_else(|| format!("{text:?} has no key: expected sign-in or the name of a subgraph"))
    }
}

impl fmt::Display for Renewable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignIn => f.write_str("sign-in"),
            Self::Service(service) => service.fmt(f),
        }
    }
}

impl Trust {
    /// Makes a new key and writes the bundle with it and with the one before it.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn renew(&self, key: Renewable) -> anyhow::Result<()> {
        let _alone = lock(&self.folder)?;
        match key {
            Renewable::SignIn => self.add_signing_key(clock::unix_seconds())?,
            Renewable::Service(service) => self.replace_key(service)?,
        }
        self.write_bundle()
    }

    /// The public part of the old key stays in a file of its own, for the bundle; its private part goes.
    fn replace_key(&self, service: Service) -> anyhow::Result<()> {
        let old: KeyFile = read_json(&self.service_key(service))?;
        write_durable(&self.previous_key(service), &serde_json::to_vec_pretty(&old.public_key)?)?;
        let (file, _) = generate_key(&format!("souk:{}", service.name()), rand::random());
        write_durable(&self.service_key(service), file.as_bytes()).context("the new key cannot be written")
    }

    fn add_signing_key(&self, now_s: i64) -> anyhow::Result<()> {
        let path = self.signing_keys();
        let mut keys: Vec<Value> = read_json(&path)?;
        let (file, _) = generate_key("souk:accounts", rand::random());
        let mut key: Value = serde_json::from_str(&file)?;
        key["use_after"] = json!(now_s + NOTICE.as_secs() as i64);
        keys.push(key);
        keys.sort_by_key(use_after);
        let replaced_since = now_s - FORGET_AFTER.as_secs() as i64;
        // All before the newest of those that have signed for so long are replaced by it.
        let keep_from = keys.iter().rposition(|key| use_after(key) <= replaced_since).unwrap_or(0);
        write_durable(&path, &serde_json::to_vec_pretty(&keys[keep_from..])?).context("the keys cannot be written")
    }

    /// The key before the current one, when there was one.
    pub(super) fn previous_public_key(&self, service: Service) -> anyhow::Result<Option<Value>> {
        let path = self.previous_key(service);
        if fs::exists(&path)? { read_json(&path).map(Some) } else { Ok(None) }
    }
}

fn use_after(key: &Value) -> i64 {
    key["use_after"].as_i64().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use souk_contracts::identity::{Signer, TrustBundle, Verifier};

    use super::*;

    fn token(trust: &Trust) -> String {
        let key = fs::read_to_string(trust.service_key(Service::Orders)).unwrap();
        let signed = Signer::from_key_file(&key).unwrap().sign_service("orders", "payments", 1_000, 60).unwrap();
        secrecy::ExposeSecret::expose_secret(&signed).to_owned()
    }

    fn believes(trust: &Trust, token: &str) -> bool {
        let bundle: TrustBundle = read_json(&trust.bundle()).unwrap();
        Verifier::new(&bundle).verify(token, &["payments"], 1_000).is_ok()
    }

    #[test]
    fn a_renewed_key_and_the_one_before_are_believed_and_none_older() {
        let folder = tempfile::tempdir().unwrap();
        let trust = Trust::in_folder(folder.path(), &[]).unwrap();
        let first = token(&trust);
        trust.renew(Renewable::Service(Service::Orders)).unwrap();
        let second = token(&trust);
        assert!(believes(&trust, &first) && believes(&trust, &second));
        trust.renew(Renewable::Service(Service::Orders)).unwrap();
        assert!(!believes(&trust, &first) && believes(&trust, &second) && believes(&trust, &token(&trust)));
    }

    #[test]
    fn of_two_renewals_at_once_the_bundle_knows_both_keys() {
        let folder = tempfile::tempdir().unwrap();
        let trust = &Trust::in_folder(folder.path(), &[]).unwrap();
        let public_key = |service| {
            let key: KeyFile = read_json(&trust.service_key(service)).unwrap();
            serde_json::to_value(&key.public_key).unwrap()["x"].as_str().unwrap().to_owned()
        };
        let both = [Service::Orders, Service::Payments];
        for _ in 0..20 {
            let before = both.map(public_key);
            std::thread::scope(|scope| {
                for renewal in both.map(|service| scope.spawn(move || trust.renew(Renewable::Service(service)))) {
                    renewal.join().unwrap().unwrap();
                }
            });
            let (bundle, after) = (fs::read_to_string(trust.bundle()).unwrap(), both.map(public_key));
            assert!(before.iter().all(|key| !after.contains(key)), "both are new");
            assert!(after.iter().all(|key| bundle.contains(key)), "the bundle lacks a key");
        }
    }

    #[test]
    fn a_new_sign_in_key_waits_and_old_ones_go_when_their_tokens_have() {
        let folder = tempfile::tempdir().unwrap();
        let trust = Trust::in_folder(folder.path(), &[]).unwrap();
        let times = |now_s| {
            trust.add_signing_key(now_s).unwrap();
            read_json::<Vec<Value>>(&trust.signing_keys()).unwrap().iter().map(use_after).collect::<Vec<_>>()
        };
        assert_eq!(times(100_000), [0, 100_600]);
        assert_eq!(times(101_000), [0, 100_600, 101_600]);
        assert_eq!(times(200_000), [101_600, 200_600]);
    }

    #[test]
    fn only_what_has_a_key_can_be_renewed() {
        assert_eq!("sign-in".parse(), Ok(Renewable::SignIn));
        assert_eq!("orders".parse(), Ok(Renewable::Service(Service::Orders)));
        assert!("router".parse::<Renewable>().is_err());
    }
}
