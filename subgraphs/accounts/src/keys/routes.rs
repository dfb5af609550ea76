//! `/.well-known/jwks.json` (RFC 7517) and `/.well-known/openid-configuration` (OpenID Connect Discovery 1.0).

use std::sync::Arc;

use axum::{Json, Router, routing::get};
use serde_json::json;

use super::SigningKeys;

/// Routes that the router passes through to clients.
pub fn routes(keys: &Arc<SigningKeys>, public_url: &url::Url) -> Router {
    let keys = keys.clone();
    let base = public_url.as_str().trim_end_matches('/').to_owned();
    let document = json!({
        "issuer": keys.current().issuer(),
        "jwks_uri": format!("{base}/.well-known/jwks.json"),
        "token_endpoint": format!("{base}/graphql"),
        "response_types_supported": ["token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "grant_types_supported": ["password", "refresh_token"],
    });
    Router::new()
        .route("/.well-known/jwks.json", get(move || async move { Json(keys.published()) }))
        .route("/.well-known/openid-configuration", get(move || async move { Json(document) }))
}
