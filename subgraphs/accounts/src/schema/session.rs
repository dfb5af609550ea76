//! Sessions in the graph.

use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret as _;
use souk_subgraph::{ApiError, graphql::UserError};

use super::{customer::Customer, loaders};
use crate::commands::Opened;

/// What a new customer tells about themselves.
#[derive(InputObject)]
pub struct CustomerRegisterInput {
    /// Email address, the login name.
    pub email: String,
    /// 8 to 128 characters.
    pub password: String,
    /// Name, 1 to 120 characters.
    pub name: String,
}

/// Credentials of a sign-in.
#[derive(InputObject)]
pub struct SessionCreateInput {
    /// Email address, the login name.
    pub email: String,
    /// The account's password.
    pub password: String,
}

/// A session's refresh token.
#[derive(InputObject)]
pub struct SessionRefreshInput {
    /// The refresh token that the session's last sign-in or refresh gave.
    pub refresh_token: String,
}

/// A signed-in customer's tokens.
#[derive(Debug, SimpleObject)]
pub struct Session {
    /// JWT to send as `Authorization: Bearer ...`; valid for 10 minutes.
    pub access_token: String,
    /// Opaque token for `sessionRefresh`; good for one use within 30 days.
    pub refresh_token: String,
    /// When the access token expires.
    pub expires_at: DateTime<Utc>,
    /// Who is signed in.
    pub customer: Customer,
}

/// Outcome of a sign-in, refresh or sign-out.
#[derive(Debug, SimpleObject)]
pub struct SessionPayload {
    /// The session; null when refused, and after a sign-out.
    pub session: Option<Session>,
    /// Why it was refused; empty when done.
    pub user_errors: Vec<UserError>,
}

impl SessionPayload {
    pub async fn new(
        customers: &loaders::Customers,
        (opened, user_errors): (Option<Opened>, Vec<UserError>),
    ) -> Result<Self, ApiError> {
        let Some(opened) = opened else { return Ok(Self { session: None, user_errors }) };
        let row = customers.one(opened.customer).await?;
        let row = row.ok_or_else(|| ApiError::internal(&format!("{} has a session and no row", opened.customer)))?;
        let session = Session {
            access_token: opened.access_token.expose_secret().to_owned(),
            refresh_token: opened.refresh_token.expose_secret().to_owned(),
            expires_at: opened.expires_at,
            customer: Customer::new(row),
        };
        Ok(Self { session: Some(session), user_errors })
    }
}
