//! Ending what nobody came back for. The units of a confirmed order are committed instead, however late its event is:
//! orders is asked before anything is freed, and while it cannot be asked nothing is. Any number of replicas may sweep
//! at once: each takes an order that no other has in hand.

use std::time::Duration;

use chrono::DateTime;
use souk_contracts::{OrderId, ReservationId};
use souk_process::Shutdown;
use souk_subgraph::{
    StoreError,
    clients::{ClientError, ServiceClient},
    db::in_transaction,
};
use uuid::Uuid;

use super::{StockRoom, reconcile::pass_over, settle_in};
use crate::{
    clients::{OrderStanding, order_standings},
    domain::{Action, action_when_overdue},
    store,
};

/// Reservations whose orders are asked about with one call.
const AT_ONCE: u32 = 100;

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
        if let Err(error) = sweep(&room, &client, &shutdown).await {
            tracing::warn!("the sweeper will try again: {error}");
        }
    }
}

/// Ends reservations whose time is up. What orders tells nothing of stays, and holds nothing up that comes after it.
async fn sweep(room: &StockRoom, client: &ServiceClient, shutdown: &Shutdown) -> Result<(), SweepError> {
    let mut place = (DateTime::UNIX_EPOCH, ReservationId(Uuid::nil()));
    while !shutdown.is_requested() {
        let overdue = store::reservations::overdue_from(&room.db, place, AT_ONCE).await?;
        let Some((last, _)) = overdue.last() else { return Ok(()) };
        place = *last;
        let mut orders: Vec<OrderId> = overdue.into_iter().map(|(_, order)| order).collect();
        orders.sort_unstable();
        orders.dedup();
        for OrderStanding { order_id, status } in order_standings(client, orders).await? {
            if let Err(error) = end_overdue(room, order_id, action_when_overdue(status.as_deref())).await {
                pass_over(&room.db, order_id, error).await?;
            }
        }
    }
    Ok(())
}

/// Nothing happens when it is not overdue any more, or another has it in hand.
async fn end_overdue(room: &StockRoom, order: OrderId, action: Action) -> Result<(), StoreError> {
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
    Ok(())
}
