//! Why a change did not happen.

use souk_subgraph::{StoreError, db::TransactionError};

use crate::domain::Refusal;

#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The caller can mend it; nothing was changed.
    #[error("refused: {0:?}")]
    Refused(Vec<Refusal>),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

impl TransactionError for CommandError {
    fn store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Refused(_) => None,
            Self::Store(error) => Some(error),
        }
    }
}
