//! Payment providers: one trait, an adapter each.

mod sandbox;
pub mod signature;

use std::fmt::Debug;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use souk_contracts::{Money, PaymentId, RefundId};

pub use sandbox::{SandboxProvider, SandboxSettings, parse_webhook};

use crate::domain::{Booked, Charge, Method};

/// What a provider did not do, or may have done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// It answered no, and the same question will be answered no again.
    #[error("the provider refused: {code}")]
    Refused { code: String },
    /// No answer that says what happened: it may have done the work or not.
    #[error("the provider gave no answer: {reason}")]
    Unknown { reason: String },
}

/// A new charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeRequest {
    /// Our id for it.
    pub payment_id: PaymentId,
    pub method: Method,
    pub token: Option<String>,
    pub amount: Money,
}

/// A part of the provider's own book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookPage {
    pub charges: Vec<Booked>,
    /// Where the next part begins; None at the end.
    pub after: Option<String>,
}

/// A provider. Each call that changes something carries an idempotency key: the same key is the same change,
/// however often it is sent.
#[async_trait]
pub trait Provider: Debug + Send + Sync {
    /// Authorises, or takes the money at once for one-step methods.
    async fn charge(&self, key: &str, request: &ChargeRequest) -> Result<Charge, ProviderError>;

    /// The charge of a payment, when there is one.
    async fn find(&self, payment: PaymentId) -> Result<Option<Charge>, ProviderError>;

    /// Charges made at `since` or later, oldest first, a page at a time.
    async fn book(&self, since: DateTime<Utc>, after: Option<&str>) -> Result<BookPage, ProviderError>;

    async fn capture(&self, key: &str, charge_id: &str) -> Result<Charge, ProviderError>;

    async fn void(&self, key: &str, charge_id: &str) -> Result<Charge, ProviderError>;

    async fn refund(
        &self,
        key: &str,
        charge_id: &str,
        refund: RefundId,
        amount_minor: i64,
    ) -> Result<Charge, ProviderError>;
}
