//! The file of signing keys. A rotation is one more entry in it: published at once, signing from `use_after` on,
//! so that every verifier has the key before the first token signed with it.

use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use jsonwebtoken::jwk::JwkSet;
use souk_contracts::identity::Signer;
use souk_process::clock;

/// How often the file is looked at again.
const RELOAD_EVERY: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("the signing keys {path} cannot be used: {reason}")]
    Unusable { path: PathBuf, reason: String },
}

#[derive(Debug, serde::Deserialize)]
struct Entry {
    /// Seconds since 1970 from which this key signs.
    use_after: i64,
    #[serde(flatten)]
    key: serde_json::Value,
}

#[derive(Debug)]
struct Loaded {
    keys: Vec<(i64, Signer)>,
    at: Instant,
}

#[derive(Debug)]
pub struct SigningKeys {
    path: PathBuf,
    loaded: Mutex<Loaded>,
}

impl SigningKeys {
    /// # Errors
    /// A file that is missing, malformed, or has no key that may sign now.
    pub fn read(path: PathBuf) -> Result<Self, KeysError> {
        let keys = load(&path)?;
        Ok(Self { path, loaded: Mutex::new(Loaded { keys, at: Instant::now() }) })
    }

    /// The newest key whose time has come.
    ///
    /// # Panics
    /// Never: `load` refuses a file without one.
    pub fn current(&self) -> Signer {
        let now_s = clock::unix_seconds();
        let loaded = self.fresh();
        let newest = loaded.keys.iter().filter(|(after, _)| *after <= now_s).max_by_key(|(after, _)| *after);
        // A clock that was set back since the file was read leaves the oldest key.
        let oldest = || loaded.keys.iter().min_by_key(|(after, _)| *after);
        newest.or_else(oldest).expect("load refuses a file without keys").1.clone()
    }

    /// All public keys, also of keys that do not sign yet or any more.
    pub fn published(&self) -> JwkSet {
        JwkSet { keys: self.fresh().keys.iter().map(|(_, signer)| signer.public_key().clone()).collect() }
    }

    fn fresh(&self) -> std::sync::MutexGuard<'_, Loaded> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if loaded.at.elapsed() >= RELOAD_EVERY {
            loaded.at = Instant::now();
            match load(&self.path) {
                Ok(keys) => loaded.keys = keys,
                Err(error) => tracing::warn!("keeping the signing keys at hand: {error}"),
            }
        }
        loaded
    }
}

fn load(path: &PathBuf) -> Result<Vec<(i64, Signer)>, KeysError> {
    let fault = |reason: String| KeysError::Unusable { path: path.clone(), reason };
    let text = std::fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
    let entries: Vec<Entry> = serde_json::from_str(&text).map_err(|error| fault(error.to_string()))?;
    let mut keys = Vec::new();
    for entry in entries {
        let signer = Signer::from_key_file(&entry.key.to_string()).map_err(|error| fault(error.to_string()))?;
        keys.push((entry.use_after, signer));
    }
    let now_s = clock::unix_seconds();
    if keys.iter().any(|(after, _)| *after <= now_s) {
        Ok(keys)
    } else {
        Err(fault("no key in it may sign yet: add one with \"use_after\": 0".to_owned()))
    }
}
