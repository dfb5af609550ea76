//! Why a command did not do what was asked.

use souk_subgraph::{ApiError, StoreError, clients::ClientError, db::TransactionError, error::ErrorCode};

use crate::domain::{Refusal, status::NoSuchEdge};

#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The caller can do something about it.
    #[error("refused")]
    Refused(Vec<Refusal>),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The request itself is at fault, or may not be made by this caller.
    #[error("{}", .0.message)]
    Request(ApiError),
    #[error("{0}")]
    Broken(String),
}

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

impl From<NoSuchEdge> for CommandError {
    fn from(error: NoSuchEdge) -> Self {
        Refusal::from(error).into()
    }
}

impl TransactionError for CommandError {
    fn store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::Refused(_) | Self::Client(_) | Self::Request(_) | Self::Broken(_) => None,
        }
    }
}

impl From<CommandError> for ApiError {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Store(error) => error.into(),
            CommandError::Client(error) => error.into(),
            CommandError::Request(error) => error,
            CommandError::Broken(reason) => Self::internal(&reason),
            // Mutations put refusals into userErrors; elsewhere they speak of the request.
            CommandError::Refused(refusals) => {
                let told: Vec<String> = refusals.iter().map(ToString::to_string).collect();
                Self::new(ErrorCode::Conflict, told.join("; "))
            }
        }
    }
}
