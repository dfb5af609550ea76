//! This service's own tokens, one a callee, kept for half their life.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use secrecy::SecretString;
use souk_contracts::identity::{KeyError, Signer};
use souk_process::clock;

/// Seconds that a service token is valid.
const LIFETIME_S: i64 = 120;

#[derive(Clone)]
pub(super) struct ServiceTokens {
    service: String,
    signer: Arc<Signer>,
    kept: Arc<Mutex<HashMap<String, (SecretString, i64)>>>,
}

impl ServiceTokens {
    pub(super) fn new(service: &str, signer: Arc<Signer>) -> Self {
        Self { service: service.to_owned(), signer, kept: Arc::default() }
    }

    pub(super) fn token_for(&self, callee: &str) -> Result<SecretString, KeyError> {
        let now_s = clock::unix_seconds();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((token, renew_at)) = kept.get(callee)
            && now_s < *renew_at
        {
            return Ok(token.clone());
        }
        let token = self.signer.sign_service(&self.service, callee, now_s, LIFETIME_S)?;
        kept.insert(callee.to_owned(), (token.clone(), now_s + LIFETIME_S / 2));
        Ok(token)
    }
}
