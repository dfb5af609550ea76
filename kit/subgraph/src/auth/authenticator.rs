//! From an `Authorization` header to a principal, with verified tokens kept until they expire.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use sha2::{Digest as _, Sha256};
use souk_contracts::identity::{AUDIENCE, Principal, TokenError, TrustBundle, Verifier};
use souk_process::clock;

/// Verified tokens kept at most; past it the cache starts anew.
const CACHE_LIMIT: usize = 50_000;
/// How often an unknown key may cause the trust bundle to be read again.
const RELOAD_EVERY: Duration = Duration::from_secs(1);

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
    verifier: ArcSwap<Verifier>,
    reloaded: Mutex<Instant>,
    /// By the token's SHA-256, so that no token lies in memory longer than its request.
    verified: Mutex<HashMap<[u8; 32], (Principal, i64)>>,
}

impl Authenticator {
    /// Reads the trust bundle.
    ///
    /// # Errors
    /// [`AuthError::Bundle`].
    pub fn new(service: &str, bundle: PathBuf) -> Result<Self, AuthError> {
        let verifier = ArcSwap::from_pointee(read(&bundle)?);
        let service = service.to_owned();
        Ok(Self { service, bundle, verifier, reloaded: Mutex::new(Instant::now()), verified: Mutex::default() })
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
        let digest: [u8; 32] = Sha256::digest(token).into();
        if let Some(principal) = self.remembered(&digest) {
            return Ok(principal);
        }
        let (principal, expires) = self.verify(token)?;
        self.remember(digest, principal.clone(), expires);
        Ok(principal)
    }

    fn verify(&self, token: &str) -> Result<(Principal, i64), TokenError> {
        let audiences = [AUDIENCE, self.service.as_str()];
        let result = self.verifier.load().verify(token, &audiences, clock::unix_seconds());
        // A key added by a rotation is in the file before the first token signed with it arrives.
        if result.as_ref().err() == Some(&TokenError::UnknownKey) && self.reload() {
            return self.verifier.load().verify(token, &audiences, clock::unix_seconds());
        }
        result
    }

    fn reload(&self) -> bool {
        {
            let mut reloaded = self.reloaded.lock().unwrap_or_else(PoisonError::into_inner);
            if reloaded.elapsed() < RELOAD_EVERY {
                return false;
            }
            *reloaded = Instant::now();
        }
        match read(&self.bundle) {
            Ok(verifier) => {
                self.verifier.store(verifier.into());
                self.verified.lock().unwrap_or_else(PoisonError::into_inner).clear();
                true
            }
            Err(error) => {
                tracing::warn!("keeping the keys at hand: {error}");
                false
            }
        }
    }

    fn remembered(&self, digest: &[u8; 32]) -> Option<Principal> {
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        let (principal, expires) = verified.get(digest)?;
        if *expires > clock::unix_seconds() {
            return Some(principal.clone());
        }
        verified.remove(digest);
        None
    }

    fn remember(&self, digest: [u8; 32], principal: Principal, expires: i64) {
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if verified.len() >= CACHE_LIMIT {
            verified.clear();
        }
        verified.insert(digest, (principal, expires));
    }
}

fn read(path: &PathBuf) -> Result<Verifier, AuthError> {
    let fault = |reason: String| AuthError::Bundle { path: path.clone(), reason };
    let text = std::fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
    let bundle: TrustBundle = serde_json::from_str(&text).map_err(|error| fault(error.to_string()))?;
    Ok(Verifier::new(&bundle))
}
