//! `POST /webhooks/<provider>`: what the provider tells by itself.

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
    provider::{News, Settings, sandbox, signature, stripe},
};

/// A charge of the sandbox is a few hundred bytes, an event of Stripe's a few thousand.
const BODY_LIMIT: usize = 64 * 1024;

/// How a provider writes to us. All sign in the same way.
#[derive(Debug, Clone, Copy)]
struct Sender {
    /// As it stands in the table of webhooks.
    name: &'static str,
    path: &'static str,
    header: &'static str,
    parse: fn(&[u8]) -> Result<News, String>,
}

const SANDBOX: Sender =
    Sender { name: "sandbox", path: "/webhooks/sandbox", header: "souk-signature", parse: sandbox::parse_webhook };
const STRIPE: Sender =
    Sender { name: "stripe", path: "/webhooks/stripe", header: "stripe-signature", parse: stripe::parse_webhook };

#[derive(Debug, Clone)]
struct Receiver {
    parts: Arc<Parts>,
    sender: Sender,
    secret: SecretString,
}

/// Only the provider that the shop is paid by is listened to.
pub fn routes(parts: Arc<Parts>, provider: &Settings, secret: SecretString) -> Router {
    let sender = match provider {
        Settings::Sandbox(_) => SANDBOX,
        Settings::Stripe(_) => STRIPE,
    };
    Router::new().route(sender.path, post(receive)).layer(DefaultBodyLimit::max(BODY_LIMIT)).with_state(Receiver {
        parts,
        sender,
        secret,
    })
}

/// 204 once it is recorded (or need not be); anything else makes the provider send it again.
async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = headers.get(receiver.sender.header).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if let Err(error) = signature::verify(&receiver.secret, header, &body, clock::unix_seconds()) {
        count("forged");
        tracing::warn!("a webhook was turned away: {error}");
        return StatusCode::UNAUTHORIZED;
    }
    let (id, charge) = match (receiver.sender.parse)(&body) {
        Ok(News { id, charge: Some(charge) }) if id.len() <= 64 => (id, charge),
        Ok(News { charge: None, .. }) => {
            count("ignored");
            return StatusCode::NO_CONTENT;
        }
        Ok(_) | Err(_) => {
            count("malformed");
            return StatusCode::BAD_REQUEST;
        }
    };
    match take_webhook(&receiver.parts, receiver.sender.name, &id, &charge).await {
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
