//! Orders: what was bought, where it stands, and the checkout that brings it there.
//!
//! It owns orders, their lines and history, the saga of each checkout, coupons, and the flat rates of tax and
//! shipping. It never holds stock or money itself: inventory and payments do, and are asked by order id, so that
//! every question may be asked again. It never keeps a card number, and no address or email leaves it in an event.
//!
//! ```text
//! orderPlace ─> price (products) ─> [order + saga + key, one transaction] ─> RESERVE (inventory) ─> PAY (payments)
//!                                                        │                        short │     declined │   │ paid
//!                        worker: what a crash left, ─────┘                              v              v   v
//!                        what waits, what was decided                            REJECTED   END ─> ...   CONFIRMED
//!
//! paymentSettled, payments.events ─> record_payment: each payment version once, in any state of the order
//!
//! PENDING ─> RESERVED ─> AWAITING_PAYMENT ─> CONFIRMED ─> SHIPPED ─> DELIVERED
//!    │          │              │                 └> CANCELLED
//!    │          │              └> PAYMENT_FAILED, EXPIRED, CANCELLED
//!    │          └> PAYMENT_FAILED, CANCELLED
//!    └> REJECTED, CANCELLED
//! ```

pub mod clients;
mod commands;
mod config;
mod domain;
mod events;
mod schema;
mod shop;
mod store;

use axum::Router;
use souk_contracts::events::ORDERS_EVENTS;
use souk_process::{Shutdown, telemetry::Telemetry};
use souk_subgraph::{
    Runtime, StartError,
    kafka::Tail,
    reconcile,
    serve::{self, Subgraph},
};

pub use config::{Config, Rules};

use crate::{events::PaymentEvents, schema::Loaders, shop::Shop};

/// Runs the service until a stop is requested.
///
/// # Errors
/// [`StartError`]: one sentence that says what to do.
pub async fn run(config: Config, telemetry: Telemetry, shutdown: Shutdown) -> Result<(), StartError> {
    let migrations = sqlx::migrate!("../../migrations/orders");
    let runtime = Runtime::start(config.subgraph, &migrations, telemetry, shutdown).await?;
    let shop = Shop::new(&runtime, config.rules);
    let producer = runtime.start_relay()?;
    runtime.start_consumer(&producer, PaymentEvents::new(shop.clone()));
    // Not waited for: orders can be placed while the broker is away; subscribers wait for it.
    let tail = Tail::start(&runtime.kafka(), ORDERS_EVENTS, &runtime.shutdown)?;
    runtime.shutdown.spawn(commands::worker(shop.clone()));
    let ledger = commands::Ledger::new(shop.clone(), config.reconcile.window);
    let (db, shutdown) = (shop.db.clone(), runtime.shutdown.clone());
    runtime.shutdown.spawn(reconcile::run(db, config.reconcile.every, ledger, shutdown));
    let db = shop.db.clone();
    let subgraph = Subgraph {
        schema: schema::build(Some((shop, tail))),
        per_request: move |request: async_graphql::Request| request.data(Loaders::new(&db)),
        routes: Router::new(),
        subscriptions: true,
    };
    serve::serve(runtime, subgraph).await
}

/// The federation SDL, without any connection.
pub fn sdl() -> String {
    serve::sdl(&schema::build(None))
}
