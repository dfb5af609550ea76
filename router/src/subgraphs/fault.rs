//! How a request to a subgraph fails, and what is told of it to whom.

use std::sync::Arc;

use discovery_client::Outcome;
use federation::plan::OperationKind;
use http::StatusCode;

use crate::errors::{Code, GraphqlError};

/// How a request failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendFault {
    /// Nothing was sent: safe to try elsewhere, whatever it was.
    #[error("it cannot be reached")]
    Unreachable,
    /// The connection broke or the instance said that it cannot.
    #[error("{0}")]
    Broken(String),
    #[error("it did not answer in time")]
    Timeout,
    /// It answered, but not as a GraphQL server does.
    #[error("it answered {0} without GraphQL")]
    NotGraphql(StatusCode),
    #[error("its answer is too large")]
    TooLarge,
}

impl SendFault {
    pub(super) fn of_sending(error: &hyper_util::client::legacy::Error) -> Self {
        if error.is_connect() { Self::Unreachable } else { Self::broken(error) }
    }

    /// The connection broke; `error` says how at its source.
    pub(super) fn broken(error: &dyn std::error::Error) -> Self {
        let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        Self::Broken(format!("the connection broke: {cause}"))
    }

    pub(super) fn may_retry(&self, kind: OperationKind) -> bool {
        match self {
            Self::Unreachable => true,
            Self::Broken(_) => kind == OperationKind::Query,
            // The deadline is near and the next instance no faster.
            Self::Timeout | Self::NotGraphql(_) | Self::TooLarge => false,
        }
    }

    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::Unreachable => Outcome::Unreachable,
            Self::Broken(_) | Self::Timeout => Outcome::Failed,
            Self::NotGraphql(status) if status.is_server_error() => Outcome::Failed,
            Self::NotGraphql(_) | Self::TooLarge => Outcome::Ok,
        }
    }

    pub(super) fn label(&self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Broken(_) => "broken",
            Self::Timeout => "timeout",
            Self::NotGraphql(_) => "not_graphql",
            Self::TooLarge => "too_large",
        }
    }

    pub(super) fn told(&self, subgraph: &Arc<str>) -> GraphqlError {
        match self {
            Self::Unreachable | Self::Broken(_) => unavailable(subgraph),
            Self::Timeout => {
                GraphqlError::new(Code::Unavailable, format!("subgraph {subgraph} did not answer in time"))
            }
            Self::NotGraphql(status) if status.is_server_error() => unavailable(subgraph),
            Self::NotGraphql(_) | Self::TooLarge => {
                GraphqlError::new(Code::Internal, format!("subgraph {subgraph} gave a malformed answer"))
            }
        }
    }
}

pub(super) fn unavailable(subgraph: &str) -> GraphqlError {
    GraphqlError::new(Code::Unavailable, format!("subgraph {subgraph} is unavailable"))
}
