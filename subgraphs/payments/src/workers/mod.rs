//! Work that goes on by itself: operations whose outcome is open, orders that were not told, old rows. Each piece is
//! leased by a row, so any number of replicas may run.

mod operations;
mod telling;
mod upkeep;

use std::{future::Future, sync::Arc, time::Duration};

use souk_process::Shutdown;
use souk_subgraph::reconcile::{self, Pace};
use tokio::{sync::Notify, task::JoinSet};

use crate::{
    clients::OrdersClient,
    commands::{Books, Parts},
};

/// How much of one kind runs at once.
const CONCURRENT: usize = 16;
const POLL: Duration = Duration::from_millis(200);

pub fn start(parts: &Arc<Parts>, orders: OrdersClient) {
    let shutdown = &parts.shutdown;
    shutdown.spawn(operations::run(Arc::clone(parts)));
    shutdown.spawn(telling::run(Arc::clone(parts), Arc::new(orders)));
    shutdown.spawn(upkeep::run(Arc::clone(parts)));
}

/// Holds the payments against the provider's book from time to time.
pub fn start_reconciler(parts: &Arc<Parts>, pace: Pace) {
    let books = Books::new(Arc::clone(parts), pace.window);
    parts.shutdown.spawn(reconcile::run(parts.db.clone(), pace.every, books, parts.shutdown.clone()));
}

/// Leases pieces of work and runs them, at most [`CONCURRENT`] at once, until a stop is requested; what runs then
/// is finished.
async fn keep_busy<W, L, LF, R, RF>(shutdown: &Shutdown, woken: Option<&Notify>, lease: L, run: R)
where
    W: Send + 'static,
    L: Fn(u32) -> LF,
    LF: Future<Output = Result<Vec<W>, souk_subgraph::StoreError>>,
    R: Fn(W) -> RF,
    RF: Future<Output = ()> + Send + 'static,
{
    let mut running = JoinSet::new();
    while !shutdown.is_requested() {
        let free = CONCURRENT.saturating_sub(running.len());
        let mut leased = Vec::new();
        if free > 0 {
            match lease(free as u32).await {
                Ok(works) => leased = works,
                Err(error) => tracing::warn!("work cannot be leased and is looked for again: {error}"),
            }
        }
        let full = leased.len() == free;
        for work in leased {
            running.spawn(run(work));
        }
        let wait = async {
            match woken {
                Some(woken) if !full => woken.notified().await,
                Some(_) | None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = wait => {}
            Some(_) = running.join_next(), if full => {}
            () = tokio::time::sleep(POLL) => {}
            () = shutdown.requested() => {}
        }
    }
    while running.join_next().await.is_some() {}
}
