//! RESERVE: hold all lines, or none.

use souk_process::clock;
use souk_subgraph::db::in_transaction;

use super::{SagaError, Turn, write};
use crate::{
    clients::inventory::{ByOrder, HoldAnswer, ReservationHold, ReservationHoldVariables, ReservationRelease},
    domain::{
        Order, OrderAction, Progress, Refusal,
        saga::{Saga, Step},
    },
    shop::Shop,
    store::{self, sagas::Next},
};

pub(super) async fn run(shop: &Shop, saga: &Saga, order: &Order) -> Result<Turn, SagaError> {
    if saga.step_age > shop.rules.give_up {
        return write::turn_back(shop, saga, order, "the units could not be reserved in time").await;
    }
    let variables = ReservationHoldVariables::of(order, shop.rules.reservation_ttl);
    let answer = shop.client.call::<ReservationHold>(&variables).await?.reservation_hold;
    let (progress, next) = plan(shop, order, answer)?;
    let (progress, held) = (&progress, next.step == Step::Pay);
    let written = in_transaction(&shop.db, |tx| {
        Box::pin(async move {
            write::lock(tx, order).await?;
            write::write(tx, shop, saga, progress, next).await
        })
    })
    .await;
    match written {
        Ok(saga) if held => Ok(Turn::Go(saga, progress.order.clone())),
        Ok(_) => Ok(Turn::Rest(progress.order.clone())),
        Err(SagaError::Lost) if held => {
            give_back_if_turned(shop, order).await?;
            Err(SagaError::Lost)
        }
        Err(error) => Err(error),
    }
}

/// The hold may have come after the release of a cancel that took the saga over: nobody else would give it back
/// before its TTL.
async fn give_back_if_turned(shop: &Shop, order: &Order) -> Result<(), SagaError> {
    let now = store::orders::find(&shop.db, order.id).await?;
    if now.is_some_and(|order| order.ending.is_some() || order.status.has_ended()) {
        shop.client.call::<ReservationRelease>(&ByOrder { order_id: order.id }).await?;
    }
    Ok(())
}

fn plan(shop: &Shop, order: &Order, answer: HoldAnswer) -> Result<(Progress, Next), SagaError> {
    let progress = Progress::of(order.clone(), clock::now());
    if answer.held {
        let reserved = progress.step(OrderAction::Reserve, None, None)?;
        let counted_on = Some(shop.rules.counted_on());
        return Ok((reserved, Next { counted_on, ..Next::at_once(Step::Pay, shop.rules.lease) }));
    }
    // Nothing was reserved and nothing paid, so there is nothing to give back before the end is written.
    let refusal = Refusal::OutOfStock(answer.short_skus);
    let mut rejected = progress.step(OrderAction::Reject, None, Some(&refusal.to_string()))?;
    rejected.order.refusal = Some(refusal);
    Ok((rejected, Next::DONE))
}
