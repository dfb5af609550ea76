//! Notifications: what customers are told about their orders, by mail and in their feed.
//!
//! It learns of orders from Kafka only and writes no events. No email address lies in Kafka or in its database: it
//! asks orders (and accounts) when a mail is sent.
//!
//! ```text
//! orders.events ──> events (inbox, gate) ──> notifications row ──> feed
//!                                                 │ PENDING
//!                                                 v
//!        orders.orderContact, accounts.customerContact <── mail worker (leased) ──> SMTP or mailbox folder
//!                                                 │
//!                                                 └──> SENT, or GIVEN_UP after ten tries
//! ```

mod clients;
mod config;
mod domain;
mod events;
mod mail;
mod schema;
mod store;

use std::sync::Arc;

use souk_process::{Shutdown, telemetry::Telemetry};
use souk_subgraph::{
    Runtime, StartError,
    kafka::Producer,
    serve::{self, Subgraph},
};
use tokio::sync::Notify;

pub use clients::documents;
pub use config::Config;

/// Why notifications did not start.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Mail(#[from] mail::MailError),
}

/// The federation SDL of this subgraph, without any connection.
pub fn sdl() -> String {
    serve::sdl(&schema::build().finish())
}

/// Runs the service until a stop is requested.
///
/// # Errors
/// [`RunError`], one sentence that says what to do.
pub async fn run(config: Config, telemetry: Telemetry, shutdown: Shutdown) -> Result<(), RunError> {
    let outbound = mail::Outbound::new(&config)?;
    let migrations = &sqlx::migrate!("../../migrations/notifications");
    let runtime = Runtime::start(config.subgraph, migrations, telemetry, shutdown).await?;
    let written = Arc::new(Notify::new());
    // Only for dead letters: this service writes no events of its own.
    let producer = Producer::new(&runtime.kafka()).map_err(StartError::from)?;
    runtime.start_consumer(&producer, events::OrderEvents::new(runtime.client.clone(), written.clone()));
    let worker = mail::Worker { db: runtime.db.clone(), client: runtime.client.clone(), outbound, written };
    runtime.shutdown.spawn(worker.run(runtime.shutdown.clone()));
    let schema = schema::build().data(runtime.db.clone()).finish();
    let subgraph =
        Subgraph { schema, per_request: |request| request, routes: axum::Router::new(), subscriptions: false };
    serve::serve(runtime, subgraph).await?;
    Ok(())
}
