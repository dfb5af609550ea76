//! Freeing what nobody came back for. Any number of replicas may sweep at once: each takes an order that no other
//! has in hand.

use std::time::Duration;

use souk_process::Shutdown;
use souk_subgraph::{StoreError, db::in_transaction};

use super::{StockRoom, settle_in};
use crate::{domain::Action, store};

/// Sweeps until a stop is requested.
pub async fn sweeper(room: StockRoom, every: Duration, shutdown: Shutdown) {
    while shutdown.pause(every).await {
        loop {
            match sweep_one(&room).await {
                Ok(true) if !shutdown.is_requested() => {}
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!("the sweeper will try again: {error}");
                    break;
                }
            }
        }
    }
}

/// Expires the reservations of one order whose time is up; false when there is none.
async fn sweep_one(room: &StockRoom) -> Result<bool, StoreError> {
    let swept = in_transaction(&room.db, |tx| {
        Box::pin(async move {
            let Some(order) = store::reservations::lock_overdue(tx).await? else { return Ok(None) };
            settle_in(tx, &room.outbox, order, Action::Expire).await?;
            Ok::<_, StoreError>(Some(order))
        })
    })
    .await?;
    let Some(order) = swept else { return Ok(false) };
    room.outbox.committed();
    metrics::counter!("souk_reservations_expired_total").increment(1);
    tracing::info!(order.id = %order, "the reservation of {order} expired");
    Ok(true)
}
