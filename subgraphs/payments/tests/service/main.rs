//! Payments through its doors (GraphQL and webhooks over HTTP), with the sandbox provider and MySQL.
#![expect(clippy::unwrap_used, reason = "a panic in a test says what broke")]

mod access;
mod cancel;
mod harness;
mod overlooked;
mod reconcile;
mod refunds;
mod start;
mod stripe;
mod stripe_missing;
mod unknown;
mod webhooks;
