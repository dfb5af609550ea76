//! Guards of fields. The router enforces scopes too; a subgraph never relies on that.
//!
//! `#[graphql(guard = "RequiresScope(\"products:write\")", requires_scopes(...))]`

use async_graphql::{Context, Guard};
use souk_contracts::identity::Principal;

use crate::error::{ApiError, ErrorCode};

/// The caller, as `serve` put it into the request.
pub fn principal<'a>(ctx: &Context<'a>) -> &'a Principal {
    ctx.data_opt::<Principal>().unwrap_or(&Principal::Anonymous)
}

/// Any person or guest with a valid token.
pub struct SignedIn;

/// A person with this scope.
pub struct RequiresScope(pub &'static str);

/// One of these services: internal operations list their callers.
pub struct CalledBy(pub &'static [&'static str]);

impl Guard for SignedIn {
    async fn check(&self, ctx: &Context<'_>) -> async_graphql::Result<()> {
        match principal(ctx) {
            Principal::Anonymous => Err(sign_in().into()),
            Principal::Customer { .. } | Principal::Guest { .. } | Principal::Service { .. } => Ok(()),
        }
    }
}

impl Guard for RequiresScope {
    async fn check(&self, ctx: &Context<'_>) -> async_graphql::Result<()> {
        Ok(require_scope(principal(ctx), self.0)?)
    }
}

impl Guard for CalledBy {
    async fn check(&self, ctx: &Context<'_>) -> async_graphql::Result<()> {
        if principal(ctx).is_service(self.0) {
            return Ok(());
        }
        Err(ApiError::new(ErrorCode::Forbidden, "this operation is internal").into())
    }
}

/// The same check for code that decides by the row (owner or scope).
///
/// # Errors
/// UNAUTHENTICATED without a token, FORBIDDEN without the scope.
pub fn require_scope(principal: &Principal, scope: &str) -> Result<(), ApiError> {
    match principal {
        Principal::Anonymous => Err(sign_in()),
        caller if caller.has_scope(scope) => Ok(()),
        Principal::Customer { .. } | Principal::Guest { .. } | Principal::Service { .. } => {
            Err(ApiError::new(ErrorCode::Forbidden, format!("this needs the scope {scope}")))
        }
    }
}

fn sign_in() -> ApiError {
    ApiError::new(ErrorCode::Unauthenticated, "sign in first: send `Authorization: Bearer <accessToken>`")
}
