//! The adapter of Stripe: PaymentIntents and Refunds of its API v1.
//!
//! ```text
//! charge ─> POST payment_intents (create and confirm, one request, one key)
//! find ───> by id, when it is known ─> GET payment_intents/<id>
//!           else by our id ──────────> search, whose yes is believed and whose no only once its index has caught up
//! ```
//! A charge of ours is one intent that is confirmed once. docs/decisions/0011-one-intent-at-stripe.md says why that
//! never charges twice.

mod adapter;
mod book;
mod form;
mod http;
mod intent;
mod refund;
mod webhook;

#[cfg(test)]
mod finding_tests;
#[cfg(test)]
#[cfg(feature = "stripe-mock")]
mod mock_tests;
#[cfg(test)]
mod tests;

pub use adapter::{StripeProvider, StripeSettings};
pub use webhook::parse_webhook;

/// The version of Stripe's API that this adapter is written for; the one of the stripe-mock that tests run against.
const API_VERSION: &str = "2026-08-26.dahlia";
/// Where Stripe keeps our ids: in the metadata of intents and refunds.
const PAYMENT_ID: &str = "payment_id";
const REFUND_ID: &str = "refund_id";
