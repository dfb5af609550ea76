//! A payment provider for development and tests, as its own process: it owns charges, refunds and their ledger,
//! and speaks HTTP like a real one. It never learns of orders, customers or carts, and nothing in it is faked
//! in memory: what it has answered is on disk.
//!
//! ```text
//! HTTP ──> book (charges in memory) ──> ledger (JSON lines, one fdatasync for all that wait) ──> answer
//!            ^        ^                                                          └──> webhooks until 2xx
//!  approve/decline    timers (late success, expired actions)
//! ```
//! A change is one line of the ledger: the charge after it, the idempotency key that asked for it and the
//! webhook that tells of it. So `kill -9` leaves all of a change or nothing, and nothing that was answered is
//! lost. At start the lines are replayed; a torn last line was never answered and is cut off.
//!
//! # The API
//! All of `/v1` takes `Authorization: Bearer <api key>`; each POST also an `Idempotency-Key` (1 to 255 characters).
//! The same key with the same body gives the same answer, also after a restart; with another body it is 409.
//! Amounts are integers in the currency's minor unit. Errors are `{"error":{"code":"..","message":".."}}`.
//!
//! | call | body | gives |
//! |---|---|---|
//! | `POST /v1/charges` | `{reference, amount_minor, currency, method, token?, capture, return_url?}` | 201, the charge |
//! | `GET /v1/charges/{id}` | | the charge |
//! | `GET /v1/charges?reference=R` | | `{"data":[charge, ..], "has_more": false}` |
//! | `GET /v1/charges?created_since=T[&after=ID]` | | the same, 100 at most, oldest first |
//! | `POST /v1/charges/{id}/capture` | `{}` | the charge, captured whole |
//! | `POST /v1/charges/{id}/void` | `{}` | the charge, voided |
//! | `POST /v1/charges/{id}/refunds` | `{amount_minor, reference}` | 201, the charge with its refunds |
//! | `GET /v1/ledger` | | every line, `application/x-ndjson` |
//!
//! `method` is CARD, UPI, WALLET or NET_BANKING; only CARD separates authorisation from capture, so only CARD
//! takes `capture: false`. `status` is requires_action, authorized, captured, failed or voided. UPI, NET_BANKING
//! and 3-D Secure charges wait: `next_action.url` is a page with two buttons, which POST to `{url}/approve` and
//! `{url}/decline`; the url is the only credential. An action left alone fails at `next_action.expires_at`.
//!
//! # Test tokens
//! | token | does |
//! |---|---|
//! | `tok_ok` (also no token, except for CARD) | works |
//! | `tok_declined`, `tok_insufficient_funds` | fails |
//! | `tok_3ds` | waits for the customer |
//! | `tok_slow` | works at once and sends its webhook; the answer comes later (3 s) |
//! | `tok_timeout_after` | works, never answers in time |
//! | `tok_timeout_before` | hangs without working, the first time for each idempotency key |
//! | `tok_500_then_ok` | answers 500 without working, the first time for each idempotency key |
//! | `tok_failed_then_ok` | fails; the money arrives later all the same (2 s) |
//!
//! # Webhooks
//! `{"id","type","created_at","charge"}` is posted for everything that no caller was told: what the customer
//! decided, what arrived late, what expired, and charges whose answer is slow. `type` is `charge.<status>`; the
//! charge is as it stood then, and its `version` tells old news from new. Headers: `Souk-Webhook-Id` and
//! `Souk-Signature: t=<unix seconds>,v1=<hex hmac-sha256 of "<t>.<body>">`. Anything but 2xx is tried again with
//! back-off, also after a restart.

mod book;
mod charge;
mod config;
mod entry;
mod http;
mod ledger;
mod provider;
mod signature;
mod timers;
mod token;
mod webhooks;

use std::{collections::BTreeMap, future::IntoFuture as _, io, net::SocketAddr, sync::Arc};

use souk_process::{Health, Shutdown, listen, ready, telemetry::Telemetry};
use url::Url;

pub use crate::config::Config;
use crate::{ledger::LedgerError, provider::Provider};

/// Why the provider could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Listen(#[from] listen::ListenError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("the ready file cannot be written: {0}")]
    ReadyFile(#[source] io::Error),
    #[error("the webhook client cannot be built: {0}")]
    Client(#[from] reqwest::Error),
    #[error("serving HTTP failed: {0}")]
    Serve(#[source] io::Error),
}

/// Serves until a stop is requested, then lets running requests end and closes the ledger.
///
/// # Errors
/// [`Error`]; a ledger that can no longer be written ends the process, since it must not promise anything more.
pub async fn run(config: Config, telemetry: Telemetry, shutdown: Shutdown) -> Result<(), Error> {
    let listener = listen::bind("provider", config.listen).await?;
    let address = listener.local_addr().map_err(Error::Serve)?;
    let public_url = config.public_url.clone().unwrap_or_else(|| local_url(address));
    let (ledger, entries) = ledger::open(&config.ledger, &shutdown)?;
    let charges = entries.len();
    let provider = Arc::new(Provider::new(ledger, entries, public_url, config.timing.clone()));
    let client = webhooks::client(config.timing.webhook_timeout)?;
    let sender = webhooks::Sender::new(client, config.webhook_url.clone(), config.webhook_secret.clone());
    let workers = [
        shutdown.spawn(webhooks::deliver(Arc::clone(&provider), Arc::new(sender), shutdown.clone())),
        shutdown.spawn(timers::watch(Arc::clone(&provider), shutdown.clone())),
    ];

    let health = Health::new();
    health.set_ready("ledger");
    let routes = http::routes(Arc::clone(&provider), &config, shutdown.clone()).merge(health.routes(&telemetry));
    let addresses = BTreeMap::from([("http".to_owned(), address), ("admin".to_owned(), address)]);
    ready::announce(config.ready_file.as_deref(), &addresses).map_err(Error::ReadyFile)?;
    tracing::info!(provider.address = %address, ledger.lines = charges, "provider listens on {address}");

    let server = axum::serve(listener, routes).with_graceful_shutdown(shutdown.signal()).into_future();
    let outcome = tokio::select! {
        served = server => served.map_err(Error::Serve),
        broken = provider.broken() => Err(Error::Ledger(broken)),
    };
    shutdown.request();
    for worker in workers {
        // A worker that panicked has said so already; the others still end in order.
        let _ = worker.await;
    }
    provider.close().await;
    outcome
}

fn local_url(address: SocketAddr) -> Url {
    Url::parse(&format!("http://{address}/")).expect("a socket address is a valid authority")
}
