//! The schema with what lives for one request, and with a code on every error.

use std::panic::AssertUnwindSafe;

use async_graphql::{
    ErrorExtensionValues, Executor, ObjectType, Request, Response, Schema, ServerError, SubscriptionType, Value,
};
use futures_util::{FutureExt as _, StreamExt as _, stream::BoxStream};

use crate::error::{ApiError, ErrorCode};

pub(super) struct WithRequestData<Q, M, S, P> {
    schema: Schema<Q, M, S>,
    per_request: P,
}

impl<Q, M, S, P> WithRequestData<Q, M, S, P> {
    pub(super) fn new(schema: Schema<Q, M, S>, per_request: P) -> Self {
        Self { schema, per_request }
    }
}

impl<Q, M, S, P: Clone> Clone for WithRequestData<Q, M, S, P> {
    fn clone(&self) -> Self {
        Self { schema: self.schema.clone(), per_request: self.per_request.clone() }
    }
}

impl<Q, M, S, P> Executor for WithRequestData<Q, M, S, P>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
    P: Fn(Request) -> Request + Clone + Send + Sync + Unpin + 'static,
{
    async fn execute(&self, request: Request) -> Response {
        let executed = AssertUnwindSafe(async { self.schema.execute((self.per_request)(request)).await });
        // A bug in one resolver is answered like any other fault of ours, not with a connection that breaks.
        match executed.catch_unwind().await {
            Ok(response) => with_codes(response),
            Err(_) => refusal(ApiError::internal(&"a resolver panicked")),
        }
    }

    fn execute_stream(
        &self,
        request: Request,
        session_data: Option<std::sync::Arc<async_graphql::Data>>,
    ) -> BoxStream<'static, Response> {
        Executor::execute_stream(&self.schema, (self.per_request)(request), session_data).map(with_codes).boxed()
    }
}

/// Errors that our code did not make are the library's about the request: bad input.
fn with_codes(mut response: Response) -> Response {
    for error in &mut response.errors {
        if error.extensions.as_ref().and_then(|extensions| extensions.get("code")).is_none() {
            set_code(error, ErrorCode::BadUserInput);
        }
    }
    response
}

/// An answer that is nothing but this error.
pub(super) fn refusal(error: ApiError) -> Response {
    let mut told = ServerError::new(error.message, None);
    set_code(&mut told, error.code);
    Response::from_errors(vec![told])
}

fn set_code(error: &mut ServerError, code: ErrorCode) {
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set("code", Value::from(code.as_str()));
}
