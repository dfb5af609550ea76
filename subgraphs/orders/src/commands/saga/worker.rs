//! The worker that carries on what is unfinished: put off, left by a crash, or decided by another command. Any
//! number may run, in any process: rows are taken with SKIP LOCKED, leased, and fenced by their version.

use std::time::Duration;

use futures_util::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use souk_subgraph::{StoreError, db::in_transaction};

use super::run;
use crate::{domain::saga::Saga, shop::Shop, store};

/// Runs until a stop is requested, then ends what is under way.
pub async fn worker(shop: Shop) {
    let mut running: FuturesUnordered<BoxFuture<'_, ()>> = FuturesUnordered::new();
    while !shop.shutdown.is_requested() {
        let free = shop.rules.parallel.saturating_sub(running.len());
        match take(&shop, free).await {
            Ok(sagas) => {
                for saga in sagas {
                    running.push(Box::pin(carry_on(&shop, saga)));
                }
            }
            Err(error) => tracing::warn!("unfinished checkouts cannot be looked for: {error}"),
        }
        tokio::select! {
            Some(()) = running.next(), if !running.is_empty() => {}
            () = shop.work.notified() => {}
            () = tokio::time::sleep(shop.rules.poll) => {}
            () = shop.shutdown.requested() => {}
        }
    }
    while running.next().await.is_some() {}
}

/// Leases at most `limit` sagas that are due.
async fn take(shop: &Shop, limit: usize) -> Result<Vec<Saga>, StoreError> {
    if limit == 0 || !store::sagas::any_due(&shop.db).await? {
        return Ok(Vec::new());
    }
    let lease = shop.rules.lease;
    in_transaction(&shop.db, |tx| {
        Box::pin(async move {
            let mut sagas = store::sagas::due(tx, limit as u32).await?;
            store::sagas::lease(tx, &mut sagas, lease).await?;
            Ok::<_, StoreError>(sagas)
        })
    })
    .await
}

async fn carry_on(shop: &Shop, saga: Saga) {
    match store::orders::find(&shop.db, saga.order).await {
        Ok(Some(order)) => {
            run(shop, saga, order, Duration::ZERO).await;
        }
        Ok(None) => tracing::error!(order.id = %saga.order, "the saga of {} has no order", saga.order),
        // The lease runs out by itself.
        Err(error) => tracing::warn!(order.id = %saga.order, "checkout of {} waits: {error}", saga.order),
    }
}
