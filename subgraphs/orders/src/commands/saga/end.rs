//! END: give stock and money back by direct calls, then write the end that the order heads for. The event that tells
//! of the end is the fallback, never the way.

use souk_process::clock;
use souk_subgraph::db::in_transaction;

use super::{SagaError, Turn, write};
use crate::{
    clients::{
        inventory::{self, ReservationRelease, ReservationRestock},
        payments::{CancelInput, Input, PaymentCancel, Snapshot},
    },
    commands::settle,
    domain::{
        Ending, Order, OrderStatus, PaymentStatus, Progress,
        payment::PaymentFact,
        saga::{Saga, Step, back_off},
    },
    shop::Shop,
    store::sagas::Next,
};

pub(super) async fn run(shop: &Shop, saga: &Saga, order: &Order) -> Result<Turn, SagaError> {
    let Some(ending) = &order.ending else {
        return Err(SagaError::Broken(format!("order {} heads for no end", order.id)));
    };
    let (stock_is_back, payments) =
        tokio::try_join!(give_stock_back(shop, order), cancel(shop, order, &ending.reason))?;
    let money_is_back = payments.iter().all(|payment| payment.cancelled);
    let facts: Vec<PaymentFact> = payments.iter().map(Snapshot::fact).collect::<Result<_, _>>()?;
    // A provider that does not come to an answer must not hold the order for ever: past the limit the order ends,
    // and the money is followed by REFUND.
    let patient = saga.step_age < shop.rules.give_up;
    if !stock_is_back || (!money_is_back && patient) {
        return Ok(Turn::Again(back_off(saga.tries)));
    }
    let (facts, ending) = (&facts, ending);
    let (saga, order) = in_transaction(&shop.db, |tx| {
        Box::pin(async move {
            write::lock(tx, order).await?;
            let mut newest = Vec::with_capacity(facts.len());
            for fact in facts {
                newest.push(settle::keep(tx, fact).await?.newest);
            }
            let (progress, next) = plan(order, ending, &newest, money_is_back)?;
            let saga = write::write(tx, shop, saga, &progress, next).await?;
            Ok::<_, SagaError>((saga, progress.order))
        })
    })
    .await?;
    Ok(if saga.step == Step::Done { Turn::Rest(order) } else { Turn::Go(saga, order) })
}

async fn give_stock_back(shop: &Shop, order: &Order) -> Result<bool, SagaError> {
    let variables = inventory::ByOrder { order_id: order.id };
    let answer = if order.status == OrderStatus::Confirmed {
        shop.client.call::<ReservationRestock>(&variables).await?
    } else {
        shop.client.call::<ReservationRelease>(&variables).await?
    };
    Ok(answer.done)
}

pub(super) async fn cancel(shop: &Shop, order: &Order, reason: &str) -> Result<Vec<Snapshot>, SagaError> {
    let input = CancelInput { order_id: order.id, attempt: None, reason: reason.to_owned() };
    Ok(shop.client.call::<PaymentCancel>(&Input { input }).await?.payments)
}

/// The end, and before it what happened to the money: its last move is part of the end, each earlier one a version.
fn plan(
    order: &Order,
    ending: &Ending,
    facts: &[PaymentFact],
    money_is_back: bool,
) -> Result<(Progress, Next), SagaError> {
    let mut moves = order.payment_status.path_to(money_status(order, facts));
    let last = moves.pop();
    let mut progress = Progress::of(order.clone(), clock::now());
    for money in moves {
        progress = progress.money_to(money.target(), Some("told by payments"));
    }
    let progress = progress.step(ending.action, last, Some(&ending.reason))?;
    let next = if money_is_back { Next::DONE } else { Next::after(Step::Refund, back_off(0)) };
    Ok((progress, next))
}

/// What the payment status comes to. A promise that was let go before anyone counted on it leaves no trace.
fn money_status(order: &Order, facts: &[PaymentFact]) -> PaymentStatus {
    let told = facts.iter().find(|fact| fact.captured.minor > 0).or(facts.last()).map(PaymentFact::status);
    match told {
        Some(PaymentStatus::Voided | PaymentStatus::Authorized) if order.payment_status == PaymentStatus::None => {
            PaymentStatus::None
        }
        Some(status) => status,
        None => order.payment_status,
    }
}
