//! `POST /graphql`.

use std::sync::Arc;

use async_graphql::{Executor, Response, ServerError};
use axum::{
    Json,
    body::Bytes,
    http::{HeaderMap, header::AUTHORIZATION},
};

use super::executor::set_code;
use crate::{auth::Authenticator, error::ErrorCode};

/// Authenticates, parses, executes. The answer is always GraphQL, also when the body is not.
pub(super) async fn answer<E: Executor>(
    executor: E,
    authenticator: Arc<Authenticator>,
    headers: HeaderMap,
    body: Bytes,
) -> Json<Response> {
    let authorization = headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or("?"));
    let principal = match authenticator.authenticate(authorization) {
        Ok(principal) => principal,
        Err(error) => return Json(refusal(ErrorCode::Unauthenticated, error.to_string())),
    };
    let request: async_graphql::Request = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(error) => {
            return Json(refusal(
                ErrorCode::BadUserInput,
                format!("the body is not a GraphQL request in JSON: {error}"),
            ));
        }
    };
    Json(executor.execute(request.data(principal)).await)
}

fn refusal(code: ErrorCode, message: String) -> Response {
    let mut error = ServerError::new(message, None);
    set_code(&mut error, code);
    Response::from_errors(vec![error])
}
