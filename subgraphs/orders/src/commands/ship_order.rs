//! The parcel has left the house.

use souk_contracts::OrderId;
use souk_process::clock;
use souk_subgraph::db::in_transaction;

use super::{CommandError, persist};
use crate::{
    domain::{Order, OrderAction, Progress, Refusal},
    shop::Shop,
    store,
};

/// CONFIRMED becomes SHIPPED, with the carrier's number when there is one.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::InvalidTransition`], [`Refusal::Ending`].
pub async fn ship_order(shop: &Shop, id: OrderId, tracking_number: Option<&str>) -> Result<Order, CommandError> {
    let order = in_transaction(&shop.db, |tx| {
        Box::pin(async move {
            let mut order = store::orders::lock(tx, id).await?.ok_or(Refusal::NotFound)?;
            order.check(OrderAction::Ship)?;
            order.tracking_number = tracking_number.map(str::to_owned);
            let progress = Progress::of(order, clock::now()).step(OrderAction::Ship, None, None)?;
            persist::save(tx, &shop.outbox, &progress).await?;
            Ok::<_, CommandError>(progress.order)
        })
    })
    .await?;
    shop.committed();
    Ok(order)
}
