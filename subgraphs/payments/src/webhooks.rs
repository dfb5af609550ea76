//! `POST /webhooks/sandbox`: what the provider tells by itself.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode},
    routing::post,
};
use secrecy::SecretString;
use souk_process::clock;

use crate::{
    commands::{CommandError, Parts, TakenWebhook, take_webhook},
    provider::{parse_webhook, signature},
};

const SANDBOX: &str = "sandbox";
/// A charge is a few hundred bytes.
const BODY_LIMIT: usize = 64 * 1024;

#[derive(Debug, Clone)]
struct Receiver {
    parts: Arc<Parts>,
    secret: SecretString,
}

pub fn routes(parts: Arc<Parts>, secret: SecretString) -> Router {
    Router::new()
        .route("/webhooks/sandbox", post(receive))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(Receiver { parts, secret })
}

/// 204 once it is recorded (or need not be); anything else makes the provider send it again.
async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = headers.get("souk-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if let Err(error) = signature::verify(&receiver.secret, header, &body, clock::unix_seconds()) {
        count("forged");
        tracing::warn!("a webhook was turned away: {error}");
        return StatusCode::UNAUTHORIZED;
    }
    let (id, charge) = match parse_webhook(&body) {
        Ok(parsed) if parsed.0.len() <= 64 => parsed,
        Ok(_) | Err(_) => {
            count("malformed");
            return StatusCode::BAD_REQUEST;
        }
    };
    match take_webhook(&receiver.parts, SANDBOX, &id, &charge).await {
        Ok(TakenWebhook::Recorded) => count("recorded"),
        Ok(TakenWebhook::Repeated) => count("repeated"),
        Ok(TakenWebhook::Foreign) => {
            count("foreign");
            tracing::warn!(webhook.id = id, "webhook {id} is about a payment that is not ours");
        }
        Err(CommandError::Store(error)) if error.is_unavailable() => {
            tracing::warn!(webhook.id = id, "webhook {id} is left to the next delivery: {error}");
            return StatusCode::SERVICE_UNAVAILABLE;
        }
        Err(error) => {
            tracing::error!(webhook.id = id, "webhook {id} cannot be taken: {error}");
            return StatusCode::INTERNAL_SERVER_ERROR;
        }
    }
    StatusCode::NO_CONTENT
}

fn count(outcome: &'static str) {
    metrics::counter!("souk_webhooks_total", "outcome" => outcome).increment(1);
}
