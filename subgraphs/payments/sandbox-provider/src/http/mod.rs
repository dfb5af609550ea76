//! The HTTP API and the customer's pages.

mod actions;
mod charges;
mod door;
mod failure;
pub mod view;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use souk_process::Shutdown;

use crate::{config::Config, provider::Provider};

/// Bodies are a few fields.
const BODY_LIMIT: usize = 16 * 1024;

/// What each handler needs.
#[derive(Debug, Clone)]
pub struct App {
    pub provider: Arc<Provider>,
    pub shutdown: Shutdown,
}

pub fn routes(provider: Arc<Provider>, config: &Config, shutdown: Shutdown) -> Router {
    let api = Router::new()
        .route("/v1/charges", get(charges::list).post(charges::create))
        .route("/v1/charges/{id}", get(charges::read))
        .route("/v1/charges/{id}/capture", post(charges::capture))
        .route("/v1/charges/{id}/void", post(charges::void))
        .route("/v1/charges/{id}/refunds", post(charges::refund))
        .route("/v1/ledger", get(charges::ledger))
        .layer(middleware::from_fn_with_state(door::Door::new(&config.api_key), door::check));
    let pages = Router::new()
        .route("/actions/{secret}", get(actions::page))
        .route("/actions/{secret}/approve", post(actions::approve))
        .route("/actions/{secret}/decline", post(actions::decline));
    api.merge(pages).layer(DefaultBodyLimit::max(BODY_LIMIT)).with_state(App { provider, shutdown })
}
