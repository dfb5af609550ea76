//! The schema with what lives for one request, and with a code on every error.

use async_graphql::{
    ErrorExtensionValues, Executor, ObjectType, Request, Response, Schema, ServerError, SubscriptionType, Value,
};
use futures_util::{StreamExt as _, stream::BoxStream};

use crate::error::ErrorCode;

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
        with_codes(self.schema.execute((self.per_request)(request)).await)
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

pub(super) fn set_code(error: &mut ServerError, code: ErrorCode) {
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set("code", Value::from(code.as_str()));
}
