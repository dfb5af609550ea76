//! What a client asks, whichever way it came, and how it is turned down.

use std::sync::Arc;

use apollo_compiler::response::JsonMap;
use http::StatusCode;
use serde::Deserialize;

use crate::errors::{Code, GraphqlError};

/// One GraphQL request.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub query: Arc<str>,
    pub operation_name: Option<String>,
    pub variables: JsonMap,
}

/// A request that is not executed: errors without data.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The HTTP status where the client takes `application/graphql-response+json`.
    pub status: StatusCode,
    /// Whether the status is also given to clients of the older `application/json`: the fault is not in the
    /// GraphQL but before it.
    pub is_transport_fault: bool,
    pub errors: Vec<GraphqlError>,
}

impl Refusal {
    pub fn bad_request(error: GraphqlError) -> Self {
        Self::bad_requests(vec![error])
    }

    pub fn bad_requests(errors: Vec<GraphqlError>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, is_transport_fault: false, errors }
    }

    /// The request cannot be read, or must not be served, whatever GraphQL is in it.
    pub fn transport(status: StatusCode, code: Code, message: impl Into<String>) -> Self {
        Self { status, is_transport_fault: true, errors: vec![GraphqlError::new(code, message)] }
    }

    pub fn unauthenticated(error: GraphqlError) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, is_transport_fault: true, errors: vec![error] }
    }
}

/// The JSON form of a request (GraphQL over HTTP, section 5.1). Unknown members are left alone, as it asks.
#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    query: Option<String>,
    #[serde(default, rename = "operationName")]
    operation_name: Option<String>,
    #[serde(default)]
    variables: Option<JsonMap>,
    #[serde(default)]
    extensions: Option<JsonMap>,
}

impl Request {
    /// Reads the JSON form.
    ///
    /// # Errors
    /// A refusal that says what is wrong with it.
    pub fn from_json(body: &[u8]) -> Result<Self, Refusal> {
        let bad = |message: String| Refusal::transport(StatusCode::BAD_REQUEST, Code::BadUserInput, message);
        if body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
            return Err(bad("batches are not accepted: send one operation a request".to_owned()));
        }
        let body: Body = serde_json::from_slice(body).map_err(|error| bad(malformed(&error)))?;
        Self::new(body.query, body.operation_name, body.variables, body.extensions.as_ref())
    }

    /// # Errors
    /// A refusal when there is no query.
    pub fn new(
        query: Option<String>,
        operation_name: Option<String>,
        variables: Option<JsonMap>,
        extensions: Option<&JsonMap>,
    ) -> Result<Self, Refusal> {
        match query.filter(|query| !query.trim().is_empty()) {
            Some(query) => Ok(Self {
                query: query.into(),
                operation_name: operation_name.filter(|name| !name.is_empty()),
                variables: variables.unwrap_or_default(),
            }),
            None if extensions.is_some_and(|extensions| extensions.contains_key("persistedQuery")) => {
                let message = "persisted queries are not supported: send the query's text";
                Err(Refusal::bad_request(GraphqlError::new(Code::PersistedQueryNotSupported, message)))
            }
            None => {
                let message = "the request has no query";
                Err(Refusal::transport(StatusCode::BAD_REQUEST, Code::BadUserInput, message))
            }
        }
    }
}

/// The reason without a copy of what was sent.
fn malformed(error: &serde_json::Error) -> String {
    let at = format!("line {} column {}", error.line(), error.column());
    if error.is_data() {
        format!(
            "a member of the request has the wrong type ({at}): query and operationName are strings, variables and extensions are objects"
        )
    } else {
        format!("the request is not valid JSON ({at})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_request_is_told_in_a_sentence() {
        for (body, told) in [
            ("", "not valid JSON"),
            ("{", "not valid JSON"),
            ("7", "wrong type"),
            ("{}", "no query"),
            (r#"{"query":" "}"#, "no query"),
            (r#"{"query":7}"#, "wrong type"),
            (r#"{"query":"{a}","variables":[]}"#, "wrong type"),
            (r#"{"query":"{a}","operationName":{}}"#, "wrong type"),
            (r#" [{"query":"{a}"}]"#, "batches"),
            (r#"{"extensions":{"persistedQuery":{}}}"#, "persisted"),
        ] {
            let refusal = Request::from_json(body.as_bytes()).unwrap_err();
            assert!(refusal.errors[0].message.contains(told), "{body}: {}", refusal.errors[0].message);
            assert_eq!(refusal.status, StatusCode::BAD_REQUEST);
        }
    }

    #[test]
    fn null_members_count_as_absent() {
        let request = Request::from_json(br#"{"query":"{a}","variables":null,"operationName":null,"x":1}"#).unwrap();
        assert!(request.variables.is_empty() && request.operation_name.is_none());
    }
}
