//! The routes of the two listeners.

use std::sync::{Arc, atomic::AtomicUsize};

use axum::{Router, extract::State, middleware, response::IntoResponse, routing::get};
use discovery_client::Discovery;
use http::{Method, StatusCode, header};
use souk_process::{Health, telemetry::Telemetry};
use tower_http::cors::{Any, CorsLayer};

use super::{admin, cross_site, files, forward, rate::Rate};
use crate::{
    config::{ForwardRule, Profile},
    pipeline::Engine,
    supergraph::LiveGraph,
    transports,
};

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) engine: Arc<Engine>,
    pub(crate) rate: Arc<Rate>,
    pub(crate) forward: Arc<[ForwardRule]>,
    pub(crate) discovery: Option<Discovery>,
    pub(crate) client: reqwest::Client,
    /// WebSockets that are open.
    pub(crate) sockets: Arc<AtomicUsize>,
}

/// `/graphql`, `/health`, and the pages.
pub(crate) fn client_routes(door: Door, profile: Profile) -> Router {
    let graphql = get(transports::get_or_upgrade).post(transports::post);
    let mut routes = Router::new()
        .route("/graphql", graphql)
        .route("/graphql/ws", get(transports::upgrade))
        .route("/health", get(health));
    if profile == Profile::Dev {
        routes = routes
            .route("/", get(files::graphiql_page))
            .route("/graphiql/{*path}", get(files::graphiql_file))
            .route("/order-tracker", get(|| async { axum::response::Redirect::permanent("/order-tracker/") }))
            .route("/order-tracker/", get(files::tracker_page))
            .route("/order-tracker/{*path}", get(files::tracker_file))
            .layer(open_cors());
    }
    routes
        .fallback(forward::forward)
        .layer(middleware::from_fn_with_state(profile, cross_site::refuse_cross_site))
        .with_state(door)
}

/// Any page may ask a dev router; there are no cookies that it could misuse.
fn open_cors() -> CorsLayer {
    CorsLayer::new().allow_origin(Any).allow_methods([Method::GET, Method::POST]).allow_headers([
        header::CONTENT_TYPE,
        header::AUTHORIZATION,
        header::ACCEPT,
        header::HeaderName::from_static("traceparent"),
    ])
}

/// `/metrics`, `/health/...` and `/admin/...`
pub(crate) fn admin_routes(live: Arc<LiveGraph>, health: &Health, telemetry: &Telemetry) -> Router {
    Router::new()
        .route("/admin/supergraph", get(admin::supergraph))
        .route("/admin/supergraph.graphql", get(admin::supergraph_sdl))
        .with_state(live)
        .merge(health.routes(telemetry))
}

/// 200 when a supergraph is loaded.
async fn health(State(door): State<Door>) -> impl IntoResponse {
    match door.engine.live.current() {
        Some(_) => (StatusCode::OK, "ok"),
        None => (StatusCode::SERVICE_UNAVAILABLE, "no supergraph is loaded yet"),
    }
}
