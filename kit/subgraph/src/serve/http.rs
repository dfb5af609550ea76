//! `POST /graphql`.

use std::sync::Arc;

use async_graphql::{Executor, Response};
use axum::{
    Json,
    body::Bytes,
    extract::rejection::BytesRejection,
    http::{HeaderMap, header::AUTHORIZATION},
};

use super::executor::refusal;
use crate::{
    auth::Authenticator,
    error::{ApiError, ErrorCode},
};

/// Authenticates, parses, executes. The answer is always GraphQL, also when the body is not.
pub(super) async fn answer<E: Executor>(
    executor: E,
    authenticator: Arc<Authenticator>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Json<Response> {
    Json(match request(&authenticator, &headers, body) {
        Ok(request) => executor.execute(request).await,
        Err(error) => refusal(error),
    })
}

fn request(
    authenticator: &Authenticator,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<async_graphql::Request, ApiError> {
    let authorization = headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or("?"));
    let principal = authenticator
        .authenticate(authorization)
        .map_err(|error| ApiError::new(ErrorCode::Unauthenticated, error.to_string()))?;
    let body = body.map_err(|error| ApiError::bad_input(format!("the body cannot be read: {}", error.body_text())))?;
    let request: async_graphql::Request = serde_json::from_slice(&body)
        .map_err(|error| ApiError::bad_input(format!("the body is not a GraphQL request in JSON: {error}")))?;
    Ok(request.data(principal))
}
