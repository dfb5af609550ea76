//! The service registry: a Eureka-compatible server with a change feed and a status page.
//!
//! ```text
//! request ──> http: auth ──> decode ──> registry (pure, behind one lock) ──> encode ──> answer
//!                             wire ^                  │                        ^ wire
//!                                          change feed, status page
//! ```
//!
//! Invariants: a write needs the credential of the application that it names; the registry never reads a clock, time
//! is an argument; nothing is kept on disk, leases rebuild the content within one renewal; no field is written that
//! a Java client does not know. It does not replicate to peers yet.

mod config;
mod http;
mod registry;
mod service;
mod status_page;
mod wire;

use std::time::Duration;

use axum::Router;
use souk_process::{Health, Shutdown, listen, listen::ListenError, ready, telemetry::Telemetry};
use tokio::net::TcpListener;

pub use config::{Config, SharedCredential};
use service::Service;

/// How long requests under way may take after the stop request.
const DRAIN_LIMIT: Duration = Duration::from_secs(5);

/// Why the registry cannot run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error("the ready file cannot be written: {0}")]
    ReadyFile(std::io::Error),
    #[error("the registry stopped serving: {0}")]
    Serve(std::io::Error),
}

/// Runs the registry until `shutdown`, with health and metrics on the same address.
///
/// # Errors
/// [`RunError`] when the address cannot be used.
pub async fn run(config: Config, shutdown: Shutdown) -> Result<(), RunError> {
    let telemetry = Telemetry::install(&config.telemetry);
    let listener = listen::bind("discovery", config.listen).await?;
    let address = listener.local_addr().map_err(RunError::Serve)?;
    let health = Health::new();
    health.set_ready("registry");
    tracing::info!(%address, "registry listens on {address}");
    let ready_file = config.ready_file.clone();
    ready::announce(ready_file.as_deref(), &[("http".to_owned(), address)].into()).map_err(RunError::ReadyFile)?;
    serve_with(listener, config, health.routes(&telemetry), shutdown).await
}

/// Serves on a listener that the caller bound, without health and metrics: for tests and embedding.
///
/// # Errors
/// [`RunError::Serve`] when accepting connections fails.
pub async fn serve(listener: TcpListener, config: Config, shutdown: Shutdown) -> Result<(), RunError> {
    serve_with(listener, config, Router::new(), shutdown).await
}

async fn serve_with(listener: TcpListener, config: Config, admin: Router, shutdown: Shutdown) -> Result<(), RunError> {
    let service = Service::new(config, shutdown.clone());
    shutdown.spawn(service.clone().evict_regularly());
    let serving = axum::serve(listener, http::routes(service).merge(admin)).with_graceful_shutdown(shutdown.signal());
    let drained = async {
        shutdown.requested().await;
        tokio::time::sleep(DRAIN_LIMIT).await;
    };
    tokio::select! {
        served = async { serving.await } => served.map_err(RunError::Serve),
        () = drained => {
            tracing::warn!("requests were still under way {} s after the stop request", DRAIN_LIMIT.as_secs());
            Ok(())
        }
    }
}
