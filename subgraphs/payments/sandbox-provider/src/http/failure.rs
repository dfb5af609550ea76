//! Errors as callers see them.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{charge::Refusal, provider::Fault};

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("the API key is missing or wrong")]
    Unauthorized,
    #[error("{0}")]
    Invalid(String),
    #[error("Idempotency-Key is missing: send 1 to 255 printable characters")]
    NoKey,
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error("the ledger cannot be read")]
    Unreadable,
    #[error("the provider is stopping: try again with the same idempotency key")]
    Stopping,
}

impl Failure {
    fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "unauthorized"),
            Self::Invalid(_) => (StatusCode::BAD_REQUEST, "invalid_request"),
            Self::NoKey => (StatusCode::BAD_REQUEST, "idempotency_key_missing"),
            Self::Fault(Fault::NotFound) => (StatusCode::NOT_FOUND, "not_found"),
            Self::Fault(Fault::KeyReused) => (StatusCode::CONFLICT, "idempotency_key_reused"),
            Self::Fault(Fault::Refused(Refusal::Status { .. })) => (StatusCode::CONFLICT, "wrong_status"),
            Self::Fault(Fault::Refused(Refusal::TooMuch { .. })) => (StatusCode::CONFLICT, "amount_too_high"),
            Self::Fault(Fault::Busy | Fault::Ledger(_)) | Self::Stopping => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
            }
            Self::Fault(Fault::Staged(_)) | Self::Unreadable => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, code) = self.status_and_code();
        (status, Json(json!({ "error": { "code": code, "message": self.to_string() } }))).into_response()
    }
}
