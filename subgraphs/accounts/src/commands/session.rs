//! Opening a session: one refresh token in the database, one access token signed.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use souk_contracts::{
    CustomerId, SessionId,
    identity::{AUDIENCE, Claims, Role, TokenKind},
};
use souk_process::clock;
use souk_subgraph::{ApiError, StoreError, Tx, random};

use crate::{domain::RefreshToken, keys::SigningKeys, store};

/// Minutes that an access token is valid.
const ACCESS_MINUTES: i64 = 10;
/// Days that a refresh token is valid, anew with each rotation.
pub(super) const REFRESH_DAYS: u32 = 30;

/// A session as the client gets it.
#[derive(Debug)]
pub struct Opened {
    pub customer: CustomerId,
    pub access_token: SecretString,
    pub refresh_token: SecretString,
    pub expires_at: DateTime<Utc>,
}

/// Inserts a new session with its first refresh token.
pub(super) async fn open(tx: &mut Tx, customer: CustomerId) -> Result<RefreshToken, StoreError> {
    let session = SessionId::new(clock::now(), random::bytes());
    store::insert_session(tx, session, customer).await?;
    let token = RefreshToken::new(random::bytes());
    store::insert_refresh_token(tx, session, &token, REFRESH_DAYS).await?;
    Ok(token)
}

/// Signs the access token that goes with a committed session.
pub(super) fn sign(
    keys: &SigningKeys,
    customer: CustomerId,
    role: Role,
    refresh: RefreshToken,
) -> Result<Opened, ApiError> {
    let now = clock::now();
    let expires_at = now + TimeDelta::minutes(ACCESS_MINUTES);
    let signer = keys.current();
    let claims = Claims {
        iss: signer.issuer().to_owned(),
        sub: customer.to_string(),
        aud: AUDIENCE.into(),
        exp: expires_at.timestamp(),
        iat: now.timestamp(),
        nbf: None,
        scope: role.scopes().join(" "),
        jti: Some(uuid::Uuid::from_bytes(random::bytes()).simple().to_string()),
    };
    let access_token = signer.sign(TokenKind::Access, &claims).map_err(|error| ApiError::internal(&error))?;
    Ok(Opened { customer, access_token, refresh_token: refresh.text, expires_at })
}
