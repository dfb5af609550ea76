//! Hashing and checking passwords (argon2id), a few at a time: each takes 19 MiB and a core for a while.

use std::sync::Arc;

use argon2::{
    Argon2,
    password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString},
};
use secrecy::{ExposeSecret as _, SecretString};
use souk_subgraph::{ApiError, ErrorCode, random};
use tokio::sync::Semaphore;

use crate::domain::Password;

/// Hashes under way at once, over all requests of the process.
const AT_ONCE: usize = 2;
/// Requests that may wait for a turn: about a second's worth; more are sent away.
const WAITING: usize = 64;
/// The hash of no password anybody has, so that an unknown email takes as long as a wrong password.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c291a3NvdWtzb3VrMTIz$nw4uMXMhVzV3jXKjPaa7cY5eMMYDXwN6e1mUFEOJRBY";

/// Clones share one limit.
#[derive(Debug, Clone)]
pub struct Passwords {
    slots: Arc<Semaphore>,
    queue: Arc<Semaphore>,
}

impl Passwords {
    pub fn new() -> Self {
        Self { slots: Arc::new(Semaphore::new(AT_ONCE)), queue: Arc::new(Semaphore::new(AT_ONCE + WAITING)) }
    }

    /// # Errors
    /// RATE_LIMITED when too many wait already, else internal ones only.
    pub async fn hash(&self, password: Password) -> Result<String, ApiError> {
        self.run(move || {
            let salt = SaltString::encode_b64(&random::bytes::<16>()).map_err(|error| error.to_string())?;
            let hash = Argon2::default().hash_password(password.0.expose_secret().as_bytes(), &salt);
            hash.map(|hash| hash.to_string()).map_err(|error| error.to_string())
        })
        .await
    }

    /// Whether the password is the one of this hash; without a hash it takes the same time and says no.
    ///
    /// # Errors
    /// RATE_LIMITED when too many wait already, else internal ones only.
    pub async fn verify(&self, password: SecretString, hash: Option<String>) -> Result<bool, ApiError> {
        self.run(move || {
            let known = hash.is_some();
            let text = hash.unwrap_or_else(|| NOBODY.to_owned());
            let parsed = PasswordHash::new(&text).map_err(|error| error.to_string())?;
            let fits = Argon2::default().verify_password(password.expose_secret().as_bytes(), &parsed).is_ok();
            Ok(fits && known)
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, String> + Send + 'static,
    ) -> Result<T, ApiError> {
        let busy = |_| ApiError::new(ErrorCode::RateLimited, "too many sign-ins at the moment: try again");
        let place = self.queue.clone().try_acquire_owned().map_err(busy)?;
        let slot = self.slots.clone().acquire_owned().await.map_err(|error| ApiError::internal(&error))?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop((slot, place));
            result
        });
        done.await.map_err(|error| ApiError::internal(&error))?.map_err(|error| ApiError::internal(&error))
    }
}
