//! Signing in with email and password.

use std::num::NonZeroU32;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};
use souk_subgraph::{
    ApiError, ErrorCode,
    db::{Db, in_transaction},
    graphql::{UserError, UserErrorCode},
};

use super::{CommandError, Opened, Passwords, session};
use crate::{domain::Email, keys::SigningKeys, store};

/// Emails in the table before old ones are looked for.
const KEPT_EMAILS: usize = 10_000;

/// Tries for each email, whoever makes them: guessing one account's password is slow from everywhere.
#[derive(Debug)]
pub struct SignInLimit {
    by_email: DefaultKeyedRateLimiter<[u8; 32]>,
}

impl SignInLimit {
    pub fn new(a_minute: NonZeroU32) -> Self {
        Self { by_email: RateLimiter::keyed(Quota::per_minute(a_minute)) }
    }

    fn check(&self, email: &Email) -> Result<(), ApiError> {
        // Emails past their limit a minute ago are forgotten, so the table stays as small as the traffic. Below this
        // size it is not worth walking through it.
        if self.by_email.len() > KEPT_EMAILS {
            self.by_email.retain_recent();
        }
        self.by_email
            .check_key(&Sha256::digest(email.as_str()).into())
            .map_err(|_| ApiError::new(ErrorCode::RateLimited, "too many sign-ins for this email: wait a minute"))
    }
}

/// # Errors
/// INVALID_CREDENTIALS, the same for an unknown email and a wrong password; RATE_LIMITED.
pub async fn sign_in(
    db: &Db,
    keys: &SigningKeys,
    (passwords, limit): (&Passwords, &SignInLimit),
    (email, password): (&str, SecretString),
) -> Result<Opened, CommandError> {
    let refused =
        || CommandError::refused(UserError::new(UserErrorCode::InvalidCredentials, "email or password is wrong"));
    let email = Email::parse(email).map_err(|_| refused())?;
    limit.check(&email)?;
    let found = store::customer_by_email(db, &email).await?;
    let hash = found.as_ref().map(|customer| customer.password_hash.clone());
    if !passwords.verify(password, hash).await? {
        return Err(refused());
    }
    let Some(customer) = found else { return Err(refused()) };
    let id = customer.id;
    let refresh =
        in_transaction(db, |tx| Box::pin(async move { Ok::<_, CommandError>(session::open(tx, id).await?) })).await?;
    Ok(session::sign(keys, id, customer.role, refresh)?)
}
