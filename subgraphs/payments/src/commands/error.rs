//! Why a command did not do its work.

use souk_subgraph::{ApiError, ErrorCode, StoreError, db::TransactionError};

use crate::domain::{Fault, Refusal};

#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The provider reports what the state machine rules out.
    #[error("the provider's news cannot be taken: {0}")]
    News(#[from] Refusal),
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error("no such payment")]
    NotFound,
    #[error("this attempt was started with another method, amount or customer")]
    AttemptDiffers,
    #[error("this attempt was cancelled before it started")]
    AttemptCancelled,
    #[error("the order has another payment under way: cancel it first")]
    OrderHasLive,
    #[error("the payment is {0}: there is nothing to capture")]
    NothingHeld(&'static str),
}

impl TransactionError for CommandError {
    fn store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::News(_)
            | Self::Fault(_)
            | Self::NotFound
            | Self::AttemptDiffers
            | Self::AttemptCancelled
            | Self::OrderHasLive
            | Self::NothingHeld(_) => None,
        }
    }
}

impl From<CommandError> for ApiError {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Store(error) => error.into(),
            CommandError::News(_) => Self::internal(&error),
            CommandError::NotFound => Self::new(ErrorCode::NotFound, error.to_string()),
            CommandError::Fault(_)
            | CommandError::AttemptDiffers
            | CommandError::AttemptCancelled
            | CommandError::OrderHasLive
            | CommandError::NothingHeld(_) => Self::new(ErrorCode::Conflict, error.to_string()),
        }
    }
}
