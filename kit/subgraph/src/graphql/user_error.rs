//! Refusals that a user can do something about; they come in a payload's `userErrors`, never as top-level errors.

use async_graphql::{Enum, SimpleObject};

/// Why a mutation was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum UserErrorCode {
    /// A value that cannot be accepted; `field` names it.
    Invalid,
    /// The thing named by an id or slug does not exist or is not visible to you.
    NotFound,
    /// Fewer units are available than asked for; nothing was reserved.
    OutOfStock,
    /// No such sku is on sale.
    UnknownSku,
    /// The payment was declined; nothing was charged or reserved.
    PaymentDeclined,
    /// This idempotency key was used with another input: use a fresh key for another intent.
    IdempotencyKeyReused,
    /// The first request with this key is still running: ask again in a moment.
    IdempotencyInProgress,
    /// The order's or payment's state does not allow this.
    InvalidTransition,
    /// Another account uses this email.
    EmailTaken,
    /// Another variant uses this sku.
    SkuTaken,
    /// Email or password is wrong.
    InvalidCredentials,
    /// More than can be refunded.
    AmountTooHigh,
    /// Someone else changed the same thing: read it again.
    Conflict,
}

/// A refusal that the user can act on.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
#[graphql(shareable)]
pub struct UserError {
    /// What kind of refusal it is; stable, for programs.
    pub code: UserErrorCode,
    /// Path of the input field it is about, e.g. `["lines", "0", "sku"]`; null when about the whole.
    pub field: Option<Vec<String>>,
    /// One sentence for people.
    pub message: String,
}

impl UserError {
    pub fn new(code: UserErrorCode, message: impl Into<String>) -> Self {
        Self { code, field: None, message: message.into() }
    }

    /// About one input field.
    pub fn at<S: Into<String>>(
        code: UserErrorCode,
        field: impl IntoIterator<Item = S>,
        message: impl Into<String>,
    ) -> Self {
        Self { code, field: Some(field.into_iter().map(Into::into).collect()), message: message.into() }
    }
}
