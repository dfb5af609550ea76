//! From an `Authorization` header to a principal, with verified tokens kept until they expire.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use arc_swap::ArcSwap;
use sha2::{Digest as _, Sha256};
use souk_contracts::identity::{AUDIENCE, Principal, TokenError, TrustBundle, Verifier};
use souk_process::clock;

/// Verified tokens kept at most; past it the cache starts anew.
const CACHE_LIMIT: usize = 50_000;
/// How often the trust bundle's file is looked at: a key taken out of it is believed this long at most.
const LOOK_EVERY: Duration = Duration::from_secs(5);

#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    #[error("the trust bundle {path} cannot be read: {reason}")]
    Bundle { path: PathBuf, reason: String },
    #[error("the authorization header must be `Bearer <token>`")]
    Scheme,
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// Verifies tokens for one audience besides that of clients.
#[derive(Debug)]
pub struct Authenticator {
    service: String,
    bundle: PathBuf,
    trust: ArcSwap<Trust>,
    looked: Mutex<Instant>,
}

/// One reading of the trust bundle, with what it has verified: a new reading believes nothing that an old one did.
#[derive(Debug)]
struct Trust {
    verifier: Verifier,
    stamp: Option<Stamp>,
    /// By the token's SHA-256, so that no token lies in memory longer than its request.
    verified: Mutex<HashMap<[u8; 32], (Principal, i64)>>,
}

/// What tells one content of the file from another without reading it.
type Stamp = (SystemTime, u64);

impl Authenticator {
    /// Reads the trust bundle.
    ///
    /// # Errors
    /// [`AuthError::Bundle`].
    pub fn new(service: &str, bundle: PathBuf) -> Result<Self, AuthError> {
        let trust = ArcSwap::from_pointee(read(&bundle)?);
        Ok(Self { service: service.to_owned(), bundle, trust, looked: Mutex::new(Instant::now()) })
    }

    /// The principal of an `Authorization` header's value; no header is an anonymous caller.
    ///
    /// # Errors
    /// [`AuthError::Scheme`] or the token's fault. A bad token is never treated as no token.
    pub fn authenticate(&self, header: Option<&str>) -> Result<Principal, AuthError> {
        let Some(header) = header.map(str::trim).filter(|header| !header.is_empty()) else {
            return Ok(Principal::Anonymous);
        };
        let token = match header.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            _ => return Err(AuthError::Scheme),
        };
        self.look_now_and_then();
        let digest: [u8; 32] = Sha256::digest(token).into();
        match self.trust.load().principal(token, &digest, &self.service) {
            // A key added by a rotation is in the file before the first token signed with it arrives.
            Err(TokenError::UnknownKey) if self.reload_if_changed() => {
                Ok(self.trust.load().principal(token, &digest, &self.service)?)
            }
            result => Ok(result?),
        }
    }

    fn look_now_and_then(&self) {
        {
            let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
            if looked.elapsed() < LOOK_EVERY {
                return;
            }
            *looked = Instant::now();
        }
        self.reload_if_changed();
    }

    /// True when the file was read anew. To look at its stamp costs a microsecond, so strangers' tokens may cause it.
    fn reload_if_changed(&self) -> bool {
        let stamp = stamp(&self.bundle);
        if stamp.is_none() || stamp == self.trust.load().stamp {
            return false;
        }
        match read(&self.bundle) {
            Ok(trust) => {
                self.trust.store(trust.into());
                true
            }
            Err(error) => {
                tracing::warn!("keeping the keys at hand: {error}");
                false
            }
        }
    }
}

impl Trust {
    fn principal(&self, token: &str, digest: &[u8; 32], service: &str) -> Result<Principal, TokenError> {
        let now_s = clock::unix_seconds();
        if let Some(principal) = self.remembered(digest, now_s) {
            return Ok(principal);
        }
        let (principal, expires) = self.verifier.verify(token, &[AUDIENCE, service], now_s)?;
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if verified.len() >= CACHE_LIMIT {
            verified.clear();
        }
        verified.insert(*digest, (principal.clone(), expires));
        Ok(principal)
    }

    fn remembered(&self, digest: &[u8; 32], now_s: i64) -> Option<Principal> {
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        let (principal, expires) = verified.get(digest)?;
        if *expires > now_s {
            return Some(principal.clone());
        }
        verified.remove(digest);
        None
    }
}

fn read(path: &PathBuf) -> Result<Trust, AuthError> {
    let fault = |reason: String| AuthError::Bundle { path: path.clone(), reason };
    // The stamp is older than the content, so a change in between is found at the next look.
    let stamp = stamp(path);
    let text = std::fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
    let bundle: TrustBundle = serde_json::from_str(&text).map_err(|error| fault(error.to_string()))?;
    Ok(Trust { verifier: Verifier::new(&bundle), stamp, verified: Mutex::default() })
}

fn stamp(path: &PathBuf) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
