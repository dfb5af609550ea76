//! What accounts does, a file a command.

mod addresses;
mod bootstrap;
mod forget;
mod passwords;
mod refresh;
mod register;
mod revoke;
mod session;
mod sign_in;

use souk_subgraph::graphql::UserError;
use souk_subgraph::{ApiError, StoreError, db::TransactionError};

pub use addresses::{remove_address, save_address};
pub use bootstrap::{BootstrapError, bootstrap};
pub use forget::forget_expired;
pub use passwords::Passwords;
pub use refresh::refresh;
pub use register::{Registration, register};
pub use revoke::revoke;
pub use session::Opened;
pub use sign_in::{SignInLimit, sign_in};

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub enum CommandError {
    /// The user can do something about it; nothing was changed.
    Refused(Vec<UserError>),
    Failed(ApiError),
    Store(StoreError),
}

impl CommandError {
    pub fn refused(error: UserError) -> Self {
        Self::Refused(vec![error])
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<ApiError> for CommandError {
    fn from(error: ApiError) -> Self {
        Self::Failed(error)
    }
}

impl TransactionError for CommandError {
    fn store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::Refused(_) | Self::Failed(_) => None,
        }
    }
}

/// A command's outcome as a payload's two halves.
///
/// # Errors
/// What is not a refusal.
pub fn split<T>(outcome: Result<T, CommandError>) -> Result<(Option<T>, Vec<UserError>), ApiError> {
    match outcome {
        Ok(value) => Ok((Some(value), Vec::new())),
        Err(CommandError::Refused(errors)) => Ok((None, errors)),
        Err(CommandError::Failed(error)) => Err(error),
        Err(CommandError::Store(error)) => Err(error.into()),
    }
}
