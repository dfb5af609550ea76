//! Payments: how orders are paid, refunds, and the adapters of payment providers.
//!
//! It owns what was asked of a provider and what the provider answered; it never sees a card number, never decides
//! what becomes of an order, and never takes silence for an answer.
//!
//! ```text
//! CREATED ─> PROCESSING ─┬─> REQUIRES_ACTION ─┬─> AUTHORIZED ─┬─> CAPTURED (refunds, up to what was captured)
//!                        ├─> AUTHORIZED       ├─> CAPTURED    └─> VOIDED
//!                        ├─> CAPTURED         └─> FAILED ─────────> CAPTURED (late success)
//!                        ├─> FAILED
//!                        └─> UNKNOWN ─> REQUIRES_ACTION | AUTHORIZED | CAPTURED | FAILED
//! ```
//! The intent and the operation (with its idempotency key `<payment>:<kind>:<n>`) are committed before the provider
//! is called, outside any transaction. An operation stays open until its outcome is known: whoever started it holds
//! a lease, after which a worker looks at the provider and asks again with the same key. What the caller waits for
//! it learns from the reply; everything else goes to orders by `paymentSettled` and by payments.events.

mod clients;
mod commands;
mod config;
mod domain;
mod provider;
mod schema;
mod store;
mod webhooks;
mod workers;

use std::sync::Arc;

use souk_process::{Shutdown, telemetry::Telemetry};
use souk_subgraph::{
    Runtime, StartError,
    serve::{self, Subgraph},
};
use tokio::sync::Notify;

pub use config::Config;

use crate::{clients::OrdersClient, commands::Parts};

/// The federation SDL of this subgraph, without any connection.
pub fn sdl() -> String {
    serve::sdl(&schema::build().finish())
}

/// Service and document of every operation that this one asks of others, to be checked against their schemas.
pub fn documents() -> Vec<(&'static str, &'static str)> {
    clients::documents()
}

/// Runs the service until a stop is requested.
///
/// # Errors
/// [`StartError`], one sentence that says what to do.
pub async fn run(config: Config, telemetry: Telemetry, shutdown: Shutdown) -> Result<(), StartError> {
    let runtime =
        Runtime::start(config.subgraph, &sqlx::migrate!("../../migrations/payments"), telemetry, shutdown).await?;
    runtime.start_relay()?;
    let parts = Arc::new(Parts {
        db: runtime.db.clone(),
        outbox: runtime.outbox.clone(),
        provider: provider::open(config.provider.clone())?,
        shutdown: runtime.shutdown.clone(),
        limits: config.limits,
        untold: Notify::new(),
    });
    workers::start(&parts, OrdersClient::new(runtime.client.clone()));
    workers::start_reconciler(&parts, config.reconcile);
    let routes = webhooks::routes(Arc::clone(&parts), &config.provider, config.webhook_secret);
    let schema = schema::build().data(Arc::clone(&parts)).finish();
    let db = runtime.db.clone();
    let per_request = move |request| schema::per_request(request, &db);
    serve::serve(runtime, Subgraph { schema, per_request, routes, subscriptions: false }).await
}
