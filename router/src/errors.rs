//! The errors that clients see: a sentence, a code of one list, and where in the answer it belongs.

use std::{borrow::Cow, sync::Arc};

use serde::Serialize;

/// The codes that the router itself gives; those of subgraphs pass through as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// The text is not GraphQL.
    ParseFailed,
    /// The operation does not fit the schema.
    ValidationFailed,
    /// The request itself is wrong: JSON, variables, operation name, HTTP method.
    BadUserInput,
    /// A limit on size, depth or count is passed.
    LimitExceeded,
    /// The token is missing, wrong or expired.
    Unauthenticated,
    /// The token does not grant this.
    Forbidden,
    /// Too many requests.
    RateLimited,
    /// A subgraph cannot be reached or does not answer in time.
    Unavailable,
    /// This router does not do that, e.g. `@defer`.
    NotSupported,
    /// A persisted query hash came without its text.
    PersistedQueryNotSupported,
    /// A fault of ours or of a subgraph.
    Internal,
}

impl Code {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::ValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::RateLimited => "RATE_LIMITED",
            Self::Unavailable => "UNAVAILABLE",
            Self::NotSupported => "NOT_SUPPORTED",
            Self::PersistedQueryNotSupported => "PERSISTED_QUERY_NOT_SUPPORTED",
            Self::Internal => "INTERNAL",
        }
    }
}

/// One entry of `errors`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GraphqlError {
    pub message: String,
    /// Places in the client's document.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<Location>,
    /// None for errors of the whole request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<Vec<PathPart>>,
    /// Boxed to keep results small.
    pub extensions: Box<Extensions>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Location {
    pub line: usize,
    pub column: usize,
}

/// One step of a path in the client's answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum PathPart {
    Key(Arc<str>),
    Index(usize),
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Extensions {
    pub code: Cow<'static, str>,
    /// The subgraph that it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Arc<str>>,
    /// What else the subgraph said.
    #[serde(flatten)]
    pub more: serde_json::Map<String, serde_json::Value>,
}

impl GraphqlError {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            locations: Vec::new(),
            path: None,
            extensions: Box::new(Extensions {
                code: Cow::Borrowed(code.as_str()),
                service: None,
                more: serde_json::Map::new(),
            }),
        }
    }

    #[must_use]
    pub fn at(mut self, path: Vec<PathPart>) -> Self {
        self.path = Some(path);
        self
    }

    #[must_use]
    pub fn of_service(mut self, service: &Arc<str>) -> Self {
        self.extensions.service = Some(Arc::clone(service));
        self
    }

    pub fn code(&self) -> &str {
        &self.extensions.code
    }
}
