//! Values of accounts, parsed at the door. Pure.

mod email;
mod name;
mod password;
mod refresh_token;

pub use email::Email;
pub use name::Name;
pub use password::Password;
pub use refresh_token::RefreshToken;

/// Why a value was refused; a sentence for the user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub &'static str);
