//! For operators, on the admin listener.

use std::sync::Arc;

use axum::{Json, extract::State};

use crate::supergraph::{LiveGraph, Report};

/// `GET /admin/supergraph`: what is served, what was refused and why.
pub(crate) async fn supergraph(State(live): State<Arc<LiveGraph>>) -> Json<Report> {
    Json(live.report().clone())
}

/// `GET /admin/supergraph.graphql`: the supergraph's SDL.
pub(crate) async fn supergraph_sdl(State(live): State<Arc<LiveGraph>>) -> String {
    live.current().map(|graph| graph.core.supergraph.sdl.clone()).unwrap_or_default()
}
