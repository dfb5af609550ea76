//! RESERVE: hold all lines, or none.

use souk_process::clock;
use souk_subgraph::db::in_transaction;

use super::{SagaError, Turn, write};
use crate::{
    clients::inventory::{HoldAnswer, ReservationHold, ReservationHoldVariables},
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
    let saga = in_transaction(&shop.db, |tx| {
        Box::pin(async move {
            write::lock(tx, order).await?;
            if held {
                store::sagas::note_reserved(tx, order.id, shop.rules.sure_reservation()).await?;
            }
            write::write(tx, shop, saga, progress, next).await
        })
    })
    .await?;
    let order = progress.order.clone();
    Ok(if held { Turn::Go(saga, order) } else { Turn::Rest(order) })
}

fn plan(shop: &Shop, order: &Order, answer: HoldAnswer) -> Result<(Progress, Next), SagaError> {
    let progress = Progress::of(order.clone(), clock::now());
    if answer.held {
        let reserved = progress.step(OrderAction::Reserve, None, None)?;
        return Ok((reserved, Next::at_once(Step::Pay, shop.rules.lease)));
    }
    // Nothing was reserved and nothing paid, so there is nothing to give back before the end is written.
    let refusal = Refusal::OutOfStock(answer.short_skus);
    let mut rejected = progress.step(OrderAction::Reject, None, Some(&refusal.to_string()))?;
    rejected.order.refusal = Some(refusal);
    Ok((rejected, Next::DONE))
}
