//! Tells the shop: each webhook is posted until the receiver takes it, also across restarts.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use reqwest::header::CONTENT_TYPE;
use secrecy::SecretString;
use serde::Serialize;
use souk_process::{Shutdown, clock};
use tokio::{sync::Semaphore, task::JoinSet};
use url::Url;

use crate::{book::Webhook, http::view::ChargeView, provider::Provider, signature};

/// How many webhooks are on their way at once.
const CONCURRENT: usize = 16;
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub struct Sender {
    client: reqwest::Client,
    url: Url,
    secret: SecretString,
    running: Semaphore,
}

#[derive(Debug, Serialize)]
struct Body<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: String,
    created_at: DateTime<Utc>,
    charge: ChargeView,
}

/// # Errors
/// What reqwest says.
pub fn client(timeout: Duration) -> Result<reqwest::Client, reqwest::Error> {
    // reqwest is built without a TLS provider of its own; another part of the process may have set one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(timeout).redirect(reqwest::redirect::Policy::none()).build()
}

impl Sender {
    pub fn new(client: reqwest::Client, url: Url, secret: SecretString) -> Self {
        Self { client, url, secret, running: Semaphore::new(CONCURRENT) }
    }

    /// Whether the receiver took it; else why not.
    async fn post(&self, id: &str, body: &str) -> Result<(), String> {
        let _running = self.running.acquire().await.map_err(|error| error.to_string())?;
        let request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("souk-webhook-id", id)
            .header("souk-signature", signature::sign(&self.secret, clock::unix_seconds(), body))
            .body(body.to_owned());
        match request.send().await {
            Ok(response) if response.status().is_success() => Ok(()),
            Ok(response) => Err(format!("the receiver answered {}", response.status())),
            Err(error) => Err(format!("the receiver cannot be reached: {error}")),
        }
    }
}

/// Sends what is on disk and not taken yet, first what an earlier process left.
pub async fn deliver(provider: Arc<Provider>, sender: Arc<Sender>, shutdown: Shutdown) {
    let mut sending = JoinSet::new();
    let mut seen = 0;
    loop {
        let found = tokio::select! {
            found = provider.webhooks_after(seen) => found,
            Some(_) = sending.join_next() => continue,
            () = shutdown.requested() => break,
        };
        let Some((newest, webhooks)) = found else { break };
        seen = newest;
        for webhook in webhooks {
            sending.spawn(send(Arc::clone(&provider), Arc::clone(&sender), webhook, shutdown.clone()));
        }
    }
    // The rest stays in the ledger for the next start.
    sending.shutdown().await;
}

async fn send(provider: Arc<Provider>, sender: Arc<Sender>, webhook: Webhook, shutdown: Shutdown) {
    let charge = &webhook.charge;
    let kind = format!("charge.{}", charge.status.name());
    let body = Body { id: &webhook.id, kind, created_at: webhook.at, charge: ChargeView::new(charge, &provider) };
    let body = serde_json::to_string(&body).expect("a webhook holds only strings, numbers and known enums");
    let mut pause = provider.timing.webhook_retry;
    loop {
        match sender.post(&webhook.id, &body).await {
            Ok(()) => break,
            Err(reason) => {
                tracing::debug!(webhook.id, "webhook {} is tried again in {pause:?}: {reason}", webhook.id);
            }
        }
        if !shutdown.pause(pause).await {
            return;
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    if let Err(error) = provider.delivered(&webhook) {
        // It is sent once more after the next start; receivers know it by its id.
        tracing::warn!(webhook.id, "delivery of webhook {} was not recorded: {error}", webhook.id);
    }
}
