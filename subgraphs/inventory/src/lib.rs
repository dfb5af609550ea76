//! Inventory: what lies where and for whom it is set aside. It owns warehouses, stock by (sku, warehouse), the
//! append-only stock ledger and reservations. It never knows prices, customers or payments.
//!
//! ```text
//!              hold                commit                 restock
//! (nothing) ─────────> HELD ─────────────────> COMMITTED ─────────> RESTOCKED
//!                       ├── release, restock ─> RELEASED
//!                       └── its time is up ───> EXPIRED (or COMMITTED, when orders says that it is confirmed)
//!
//! HELD counts in `reserved`; COMMITTED has left `on_hand`; the rest is back on the shelf.
//! ```
//!
//! Whoever changes stock locks reservations first, then stock rows in the order of (sku, warehouse), and writes
//! `StockChanged` for each row in the same transaction. A row can never be oversold: the update itself asks for
//! enough available units, and a CHECK stands behind it.

mod clients;
mod commands;
mod config;
mod domain;
mod events;
mod schema;
mod store;

pub use config::Config;

use souk_contracts::events::INVENTORY_EVENTS;
use souk_process::{Shutdown, telemetry::Telemetry};
use souk_subgraph::{Runtime, StartError, kafka::Tail, reconcile, serve};

use commands::{StockCount, StockRoom, sweeper, upkeep};
use events::{OrderEvents, ProductEvents};
use schema::Loaders;

/// Runs the service until a stop is requested.
///
/// # Errors
/// [`StartError`]: one sentence that says what to do.
pub async fn run(config: Config, telemetry: Telemetry, shutdown: Shutdown) -> Result<(), StartError> {
    let migrations = sqlx::migrate!("../../migrations/inventory");
    let runtime = Runtime::start(config.subgraph, &migrations, telemetry, shutdown.clone()).await?;
    let producer = runtime.start_relay()?;
    let room = StockRoom { db: runtime.db.clone(), outbox: runtime.outbox.clone() };
    runtime.start_consumer(&producer, ProductEvents::new(room.clone(), runtime.client.clone()));
    runtime.start_consumer(&producer, OrderEvents::new(room.clone(), runtime.client.clone()));
    // Not waited for here: a subscription waits for it, and all else works without a broker.
    let tail = Tail::start(&runtime.kafka(), INVENTORY_EVENTS, &shutdown)?;
    shutdown.spawn(sweeper(room.clone(), runtime.client.clone(), config.sweep_every, shutdown.clone()));
    shutdown.spawn(upkeep(runtime.db.clone(), shutdown.clone()));
    let count = StockCount::new(room.clone(), runtime.client.clone(), config.reconcile.window);
    shutdown.spawn(reconcile::run(runtime.db.clone(), config.reconcile.every, count, shutdown.clone()));
    let schema = schema::builder().data(runtime.db.clone()).data(room).data(tail).data(config.home_country).finish();
    let db = runtime.db.clone();
    let per_request = move |request: async_graphql::Request| request.data(Loaders::new(&db));
    let subgraph = serve::Subgraph { schema, per_request, routes: axum::Router::new(), subscriptions: true };
    serve::serve(runtime, subgraph).await
}

/// Every operation asked of other services: the service, the operation's name, its document. A test checks them
/// against the services' committed schemas.
pub const fn documents() -> [(&'static str, &'static str, &'static str); 3] {
    clients::DOCUMENTS
}

/// The federation SDL, without any connection.
pub fn sdl() -> String {
    serve::sdl(&schema::builder().finish())
}
