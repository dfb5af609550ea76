//! Who calls: from the `Authorization` header to a principal. The subgraphs verify the same token again.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use arc_swap::ArcSwap;
use http::HeaderValue;
use quick_cache::sync::Cache;
use sha2::{Digest as _, Sha256};
use souk_contracts::identity::{AUDIENCE, LEEWAY_S, Principal, TokenError, TrustBundle, Verifier};
use souk_process::clock;

use crate::{
    config::Identity,
    errors::{Code, GraphqlError},
};

/// An unknown key makes the bundle be read again, at most this often.
const REREAD_EVERY_S: i64 = 2;
/// Longer ones are no tokens of ours.
const TOKEN_LIMIT: usize = 8 << 10;
const CACHED_TOKENS: usize = 20_000;

/// The sender of a request.
#[derive(Debug, Clone)]
pub struct Caller {
    pub principal: Known,
    /// The header as it came, for the subgraphs.
    pub authorization: Option<HeaderValue>,
    /// When the token stops being accepted, in seconds since 1970.
    pub expires_at_s: Option<i64>,
}

/// What is known of a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// Verified, or anonymous.
    Principal(Principal),
    /// There is no trust bundle, so nothing is known.
    Unverified,
}

impl Caller {
    pub fn anonymous() -> Self {
        Self { principal: Known::Principal(Principal::Anonymous), authorization: None, expires_at_s: None }
    }

    /// True when a token was shown and found good.
    pub fn is_authenticated(&self) -> bool {
        !matches!(&self.principal, Known::Principal(Principal::Anonymous) | Known::Unverified)
    }

    pub fn has_scope(&self, scope: &str) -> bool {
        matches!(&self.principal, Known::Principal(principal) if principal.has_scope(scope))
    }

    /// Whom a rate limit counts for; None for a caller without a name.
    pub fn rate_key(&self) -> Option<String> {
        match &self.principal {
            Known::Principal(Principal::Anonymous) | Known::Unverified => None,
            Known::Principal(principal) => Some(principal.to_string()),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    #[error("the trust bundle {path} cannot be read: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("the trust bundle {path} is not valid: {source}")]
    Malformed { path: PathBuf, source: serde_json::Error },
}

/// Verifies tokens and remembers the good ones until they expire.
pub struct Authenticator {
    trust: Option<Trust>,
    verified: Cache<[u8; 32], (Principal, i64)>,
}

struct Trust {
    path: PathBuf,
    verifier: ArcSwap<Verifier>,
    read_at_s: AtomicI64,
}

impl Authenticator {
    /// # Errors
    /// [`TrustError`] when the bundle cannot be used.
    pub fn new(identity: &Identity) -> Result<Self, TrustError> {
        let trust = match identity {
            Identity::PassedOn => None,
            Identity::Verified { trust_bundle } => Some(Trust {
                verifier: ArcSwap::from_pointee(read_bundle(trust_bundle)?),
                path: trust_bundle.clone(),
                read_at_s: AtomicI64::new(clock::unix_seconds()),
            }),
        };
        Ok(Self { trust, verified: Cache::new(CACHED_TOKENS) })
    }

    /// The caller that an `Authorization` value stands for.
    ///
    /// # Errors
    /// A request error: a token that is not good is refused, never taken for none.
    pub fn authenticate(&self, authorization: Option<&HeaderValue>) -> Result<Caller, GraphqlError> {
        let Some(header) = authorization else { return Ok(Caller::anonymous()) };
        let Some(trust) = &self.trust else {
            let authorization = Some(header.clone());
            return Ok(Caller { principal: Known::Unverified, authorization, expires_at_s: None });
        };
        let token = bearer(header)?;
        let now_s = clock::unix_seconds();
        let key: [u8; 32] = Sha256::digest(token).into();
        let (principal, exp) = match self.verified.get(&key).filter(|(_, exp)| exp + LEEWAY_S > now_s) {
            Some(known) => known,
            None => {
                let verified = trust.verify(token, now_s).map_err(|error| refused(&error))?;
                self.verified.insert(key, verified.clone());
                verified
            }
        };
        Ok(Caller {
            principal: Known::Principal(principal),
            authorization: Some(header.clone()),
            expires_at_s: Some(exp + LEEWAY_S),
        })
    }
}

impl Trust {
    fn verify(&self, token: &str, now_s: i64) -> Result<(Principal, i64), TokenError> {
        match self.verifier.load().verify(token, &[AUDIENCE], now_s) {
            Err(TokenError::UnknownKey) if self.reread(now_s) => self.verifier.load().verify(token, &[AUDIENCE], now_s),
            verified => verified,
        }
    }

    /// Keys may have been rotated. One caller in `REREAD_EVERY_S` reads the file; on failure the old keys stay.
    fn reread(&self, now_s: i64) -> bool {
        let read_at_s = self.read_at_s.load(Ordering::Relaxed);
        let turn = now_s - read_at_s >= REREAD_EVERY_S
            && self.read_at_s.compare_exchange(read_at_s, now_s, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if !turn {
            return false;
        }
        match read_bundle(&self.path) {
            Ok(verifier) => {
                self.verifier.store(Arc::new(verifier));
                true
            }
            Err(error) => {
                tracing::warn!("{error}; the keys known so far stay");
                false
            }
        }
    }
}

fn read_bundle(path: &Path) -> Result<Verifier, TrustError> {
    let text = std::fs::read(path).map_err(|source| TrustError::Read { path: path.to_owned(), source })?;
    let bundle: TrustBundle =
        serde_json::from_slice(&text).map_err(|source| TrustError::Malformed { path: path.to_owned(), source })?;
    Ok(Verifier::new(&bundle))
}

fn bearer(header: &HeaderValue) -> Result<&str, GraphqlError> {
    header
        .to_str()
        .ok()
        .filter(|text| text.len() <= TOKEN_LIMIT)
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| {
            GraphqlError::new(Code::Unauthenticated, "the authorization header must be: Bearer <access token>")
        })
}

fn refused(error: &TokenError) -> GraphqlError {
    GraphqlError::new(Code::Unauthenticated, error.to_string())
}
