//! Products: the catalogue. It owns products, their variants (skus), categories, tags, media addresses, prices in
//! each currency and the history of prices. It never knows stock, carts or orders.
//!
//! ```text
//! DRAFT <──> ACTIVE <──> ARCHIVED      any of the three by productUpdate; productArchive ends a product's sale
//! ```
//!
//! Every change of a product, its variants or prices locks the product's row, raises its version by one, and writes
//! `ProductChanged` in the same transaction.

mod commands;
mod config;
mod domain;
mod schema;
mod store;

pub use config::Config;

use souk_process::{Shutdown, telemetry::Telemetry};
use souk_subgraph::{Runtime, StartError, serve};

use schema::Loaders;

/// Runs the service until a stop is requested.
///
/// # Errors
/// [`StartError`]: one sentence that says what to do.
pub async fn run(config: Config, telemetry: Telemetry, shutdown: Shutdown) -> Result<(), StartError> {
    let migrations = sqlx::migrate!("../../migrations/products");
    let runtime = Runtime::start(config.subgraph, &migrations, telemetry, shutdown).await?;
    runtime.start_relay()?;
    let schema = schema::builder().data(runtime.db.clone()).data(runtime.outbox.clone()).finish();
    let db = runtime.db.clone();
    let per_request = move |request: async_graphql::Request| request.data(Loaders::new(&db));
    let subgraph = serve::Subgraph { schema, per_request, routes: axum::Router::new(), subscriptions: false };
    serve::serve(runtime, subgraph).await
}

/// The federation SDL, without any connection.
pub fn sdl() -> String {
    serve::sdl(&schema::builder().finish())
}
