//! What payments does. Each command commits its intent first, asks the provider outside any transaction, and
//! records the answer in another one.
//!
//! ```text
//! start, cancel, refund, capture ─> intent (transaction) ─> drive: ask the provider ─> record (transaction) ─┐
//! webhook ────────────────────────────────────────────────────────────────────────────> record              │
//! reconcile (the provider's book) ────────────────────────────────────────────────────> record              │
//! worker (operations whose time has come) ────────────────> drive  <─────────────────────── next operation ─┘
//! ```

mod cancel;
mod capture;
mod drive;
mod error;
mod reconcile;
mod record;
mod refund;
mod start;
mod webhook;

use std::{sync::Arc, time::Duration};

use souk_process::Shutdown;
use souk_subgraph::{Db, outbox::Outbox};
use tokio::sync::Notify;

pub use cancel::{Cancel, cancel};
pub use capture::capture;
pub use drive::{drive, load};
pub use error::CommandError;
pub use reconcile::Books;
pub use record::Tell;
pub use refund::{Refund, RefundOutcome, refund};
pub use start::start;
pub use webhook::{TakenWebhook, take_webhook};

use crate::provider::Provider;

/// What the commands and workers stand on.
#[derive(Debug)]
pub struct Parts {
    pub db: Db,
    pub outbox: Outbox,
    pub provider: Arc<dyn Provider>,
    pub shutdown: Shutdown,
    pub limits: Limits,
    /// Wakes the worker that tells orders.
    pub untold: Notify,
}

/// Times within which things happen.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How long a caller waits for the provider before it gets the state as known.
    pub reply: Duration,
    /// How long an operation belongs to whoever started it; longer than a call to the provider may take.
    pub lease: Duration,
    /// The first pause before an unanswered operation is tried again; doubled up to `retry_most`.
    pub retry_first: Duration,
    pub retry_most: Duration,
    /// How long an operation may be open before it is told of, and hides its payment from the reconciler no more.
    pub overdue: Duration,
    /// How often a payment that waits for its customer is looked at, should no webhook come.
    pub ask_every: Duration,
}

impl Limits {
    fn lease_ms(&self) -> u64 {
        self.lease.as_millis() as u64
    }

    /// The pause after the how-many-th try.
    pub fn pause_ms(&self, tries: u32) -> u64 {
        let pause = self.retry_first.saturating_mul(1 << tries.clamp(1, 16) >> 1).min(self.retry_most);
        (pause.as_millis() as f64 * souk_subgraph::random::jitter()) as u64
    }
}
