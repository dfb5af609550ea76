//! Pages for people: GraphiQL at `/`, and in the dev profile the order tracker.

use axum::{
    extract::Path,
    response::{Html, IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use rust_embed::{EmbeddedFile, RustEmbed};

/// Filled by `make setup`; absent where Node was missing at build time.
#[derive(RustEmbed)]
#[folder = "graphiql/assets"]
#[allow_missing = true]
struct Graphiql;

#[derive(RustEmbed)]
#[folder = "../frontend-examples/order-tracker"]
#[allow_missing = true]
struct OrderTracker;

/// GraphiQL from the public CDN, for builds without its assets.
const GRAPHIQL_FALLBACK: &str = include_str!("graphiql_fallback.html");

/// `GET /`
pub(crate) async fn graphiql_page() -> Response {
    Graphiql::get("index.html")
        .map_or_else(|| Html(GRAPHIQL_FALLBACK).into_response(), |file| page("index.html", &file))
}

/// `GET /graphiql/<file>`
pub(crate) async fn graphiql_file(Path(path): Path<String>) -> Response {
    found(&path, Graphiql::get(&path))
}

/// `GET /order-tracker/`
pub(crate) async fn tracker_page() -> Response {
    found("index.html", OrderTracker::get("index.html"))
}

/// `GET /order-tracker/<file>`
pub(crate) async fn tracker_file(Path(path): Path<String>) -> Response {
    found(&path, OrderTracker::get(&path))
}

fn found(path: &str, file: Option<EmbeddedFile>) -> Response {
    file.map_or_else(|| (StatusCode::NOT_FOUND, "not found").into_response(), |file| page(path, &file))
}

fn page(path: &str, file: &EmbeddedFile) -> Response {
    let media = match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("ttf") => "font/ttf",
        Some("txt" | "md" | "graphql") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
    let mut response = file.data.clone().into_owned().into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
