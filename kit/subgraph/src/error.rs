//! Errors as clients see them: one list of codes, client faults with their message, internal faults masked.

use async_graphql::ErrorExtensions as _;

use crate::{clients::ClientError, db::StoreError};

/// `extensions.code` of every top-level error of a subgraph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    /// No token, or one that is expired, forged or malformed.
    Unauthenticated,
    /// Signed in, but not allowed.
    Forbidden,
    /// Arguments that can never work: malformed ids, cursors, amounts.
    BadUserInput,
    NotFound,
    Conflict,
    RateLimited,
    /// Another part could not be reached; the same request may work in a moment.
    Unavailable,
    /// Our fault; details are in the log under the trace id.
    Internal,
}

impl ErrorCode {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::NotFound => "NOT_FOUND",
            Self::Conflict => "CONFLICT",
            Self::RateLimited => "RATE_LIMITED",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }
}

/// An error on its way to the client. `?` turns store and client errors into it.
///
/// It has no `Display` on purpose: async-graphql turns every displayable error into a client error without a code,
/// and this type must keep its own. Resolvers return `Result<_, ApiError>`, so nothing else reaches a client.
#[derive(Debug, Clone)]
pub struct ApiError {
    pub code: ErrorCode,
    pub message: String,
}

impl ApiError {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub fn bad_input(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::BadUserInput, message)
    }

    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Unavailable, message)
    }

    /// Logs `cause` once and hides it from the client behind an id.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        let trace_id = uuid::Uuid::from_bytes(crate::random::bytes()).simple().to_string();
        tracing::error!(error.trace_id = %trace_id, "internal error {trace_id}: {cause}");
        Self::new(ErrorCode::Internal, format!("internal error (trace {trace_id})"))
    }
}

impl From<ApiError> for async_graphql::Error {
    fn from(error: ApiError) -> Self {
        let code = error.code.as_str();
        async_graphql::Error::new(error.message).extend_with(|_, extensions| extensions.set("code", code))
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        if error.is_unavailable() {
            tracing::warn!("database unavailable: {error}");
            return Self::unavailable("the database cannot be reached at the moment: try again");
        }
        if let StoreError::Lost { what } = &error {
            return Self::new(ErrorCode::Conflict, format!("{what} changed at the same time: read it again"));
        }
        Self::internal(&error)
    }
}

impl From<ClientError> for ApiError {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Unreachable { service, .. } => {
                Self::unavailable(format!("{service} cannot be reached at the moment: try again"))
            }
            other => Self::internal(&other),
        }
    }
}

/// Malformed text from a client: ids, skus, amounts. Their messages say what to write instead.
macro_rules! bad_input_from {
    ($($error:ty),*) => {$(
        impl From<$error> for ApiError {
            fn from(error: $error) -> Self {
                Self::bad_input(error.to_string())
            }
        }
    )*};
}
bad_input_from!(
    souk_contracts::ids::IdError,
    souk_contracts::sku::SkuError,
    souk_contracts::sku::QuantityError,
    souk_contracts::MoneyError
);
