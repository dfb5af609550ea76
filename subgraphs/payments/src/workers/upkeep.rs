//! Forgets webhooks past their time, a little at a time.

use std::{sync::Arc, time::Duration};

use crate::{commands::Parts, store::webhooks};

pub async fn run(parts: Arc<Parts>) {
    while parts.shutdown.pause(Duration::from_secs(60)).await {
        if let Err(error) = webhooks::forget_old(&parts.db).await {
            tracing::warn!("old webhooks are forgotten later: {error}");
        }
    }
}
