//! Changes that time alone makes: late money, and actions that nobody took.

use std::{sync::Arc, time::Duration};

use souk_process::{Shutdown, clock};

use crate::provider::Provider;

/// The pause after a refused write, and the longest sleep: the wall clock may jump.
const PAUSE: Duration = Duration::from_secs(1);

pub async fn watch(provider: Arc<Provider>, shutdown: Shutdown) {
    while !shutdown.is_requested() {
        let wait = match provider.settle_due(clock::now()) {
            Ok(Some(next)) => (next - clock::now()).to_std().unwrap_or_default().min(PAUSE),
            Ok(None) => PAUSE,
            Err(error) => {
                tracing::warn!(%error, "due charges were not settled: {error}");
                PAUSE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = provider.due_changed.notified() => {}
            () = shutdown.requested() => {}
        }
    }
}
