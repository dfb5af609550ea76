//! Ending what nobody came back for. The units of a confirmed order are committed instead, however late its event is:
//! orders is asked before anything is freed, and while it cannot be asked nothing is. Any number of replicas may sweep
//! at once: each takes an order that no other has in hand.

use std::time::Duration;

use souk_contracts::OrderId;
use souk_process::Shutdown;
use souk_subgraph::{
    StoreError,
    clients::{ClientError, ServiceClient},
    db::in_transaction,
};

use super::{StockRoom, settle_in};
use crate::{
    clients::{OrderStanding, order_standings},
    domain::{Action, action_when_overdue},
    store,
};

/// Orders asked about with one call.
const ORDERS_AT_ONCE: u32 = 100;

#[derive(Debug, thiserror::Error)]
enum SweepError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// Sweeps until a stop is requested.
pub async fn sweeper(room: StockRoom, client: ServiceClient, every: Duration, shutdown: Shutdown) {
    while shutdown.pause(every).await {
        loop {
            match sweep(&room, &client).await {
                Ok(ended) if ended > 0 && !shutdown.is_requested() => {}
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!("the sweeper will try again: {error}");
                    break;
                }
            }
        }
    }
}

/// Ends reservations whose time is up; gives of how many orders.
async fn sweep(room: &StockRoom, client: &ServiceClient) -> Result<u32, SweepError> {
    let overdue = store::reservations::overdue(&room.db, ORDERS_AT_ONCE).await?;
    if overdue.is_empty() {
        return Ok(0);
    }
    let mut ended = 0;
    for OrderStanding { order_id, status } in order_standings(client, overdue).await? {
        match end_overdue(room, order_id, action_when_overdue(status.as_deref())).await {
            // For people: the reconciler writes it down. It holds no other one up.
            Err(error) if error.is_unreadable() => tracing::warn!(order.id = %order_id, "{order_id}: {error}"),
            swept => ended += u32::from(swept?),
        }
    }
    Ok(ended)
}

/// False when it is not overdue any more, or another has it in hand.
async fn end_overdue(room: &StockRoom, order: OrderId, action: Action) -> Result<bool, StoreError> {
    let ended = in_transaction(&room.db, |tx| {
        Box::pin(async move {
            if !store::reservations::lock_overdue(tx, order).await? {
                return Ok(false);
            }
            settle_in(tx, &room.outbox, order, action).await?;
            Ok::<_, StoreError>(true)
        })
    })
    .await?;
    if ended {
        room.outbox.committed();
        metrics::counter!("souk_reservations_overdue_total", "action" => action.as_str()).increment(1);
        tracing::info!(order.id = %order, "the time of the reservation of {order} was up: {}", action.as_str());
    }
    Ok(ended)
}
