//! Payment providers: one trait, an adapter each.

mod http;
pub mod sandbox;
pub mod signature;
pub mod stripe;

use std::{fmt::Debug, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use souk_contracts::{Money, PaymentId, RefundId};

pub use sandbox::SandboxSettings;
pub use stripe::StripeSettings;

use crate::domain::{Booked, Charge, Method};

/// The provider that this shop is paid by, and how it is reached.
#[derive(Debug, Clone)]
pub enum Settings {
    Sandbox(SandboxSettings),
    Stripe(StripeSettings),
}

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

/// A charge that the provider has told of.
#[derive(Debug, Clone, Copy)]
pub struct ChargeRef<'a> {
    pub payment: PaymentId,
    /// The provider's id for it.
    pub id: &'a str,
}

/// What a webhook tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// The provider's id of this piece of news: the same for each delivery.
    pub id: String,
    /// None when it is about something that payments has no use for.
    pub charge: Option<Charge>,
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

    /// The charge of a payment as it is now. `charge_id` is the provider's id for it, once it has told one. None when
    /// there is no charge, and also when only the charge's own key can tell. Asking with that again is safe as long as
    /// no id was told: a charge that was there and is not any more may lie with another account of ours.
    async fn find(&self, payment: PaymentId, charge_id: Option<&str>) -> Result<Option<Charge>, ProviderError>;

    /// Charges made at `since` or later, a page at a time, in the provider's order.
    async fn book(&self, since: DateTime<Utc>, after: Option<&str>) -> Result<BookPage, ProviderError>;

    async fn capture(&self, key: &str, charge: ChargeRef<'_>) -> Result<Charge, ProviderError>;

    async fn void(&self, key: &str, charge: ChargeRef<'_>) -> Result<Charge, ProviderError>;

    async fn refund(
        &self,
        key: &str,
        charge: ChargeRef<'_>,
        refund: RefundId,
        amount_minor: i64,
    ) -> Result<Charge, ProviderError>;
}

/// The adapter of the provider.
///
/// # Errors
/// What the HTTP client says about its own settings.
pub fn open(settings: Settings) -> Result<Arc<dyn Provider>, reqwest::Error> {
    Ok(match settings {
        Settings::Sandbox(settings) => Arc::new(sandbox::SandboxProvider::new(settings)?),
        Settings::Stripe(settings) => Arc::new(stripe::StripeProvider::new(settings)?),
    })
}

/// Codes are short words; what is longer would not fit where reasons are kept.
fn cut(code: String) -> String {
    code.chars().take(64).collect()
}

fn unknown(reason: impl Into<String>) -> ProviderError {
    ProviderError::Unknown { reason: reason.into() }
}

fn refused(code: &str) -> ProviderError {
    ProviderError::Refused { code: cut(code.to_owned()) }
}
