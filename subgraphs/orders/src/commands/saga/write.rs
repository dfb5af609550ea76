//! What the steps write: the order's progress with the saga's next step, or nothing.

use souk_process::{clock, failpoint};
use souk_subgraph::{Tx, db::in_transaction};

use super::{SagaError, Turn};
use crate::{
    commands::{
        persist,
        settle::{self, Right},
    },
    domain::{
        Ending, Order, OrderAction, OrderStatus, Progress,
        payment::{PaymentFact, verdict},
        saga::{Saga, Step},
    },
    shop::Shop,
    store::{self, sagas::Next},
};

/// Locks the order's row and makes sure that it is as the runner believes it to be.
pub(super) async fn lock(tx: &mut Tx, order: &Order) -> Result<(), SagaError> {
    let standing = store::orders::version_locked(tx, order.id).await?;
    if standing == Some((order.version, order.ending.is_some())) { Ok(()) } else { Err(SagaError::Lost) }
}

/// The progress and the saga's next step, together or not at all. The order's row is locked.
pub(super) async fn write(
    tx: &mut Tx,
    shop: &Shop,
    saga: &Saga,
    progress: &Progress,
    next: Next,
) -> Result<Saga, SagaError> {
    if !persist::save(tx, &shop.outbox, progress).await? {
        return Err(SagaError::Lost);
    }
    let fence = store::sagas::advance(tx, saga, next).await?.ok_or(SagaError::Lost)?;
    failpoint::hit_of("orders.saga.uncommitted", saga.step.as_str());
    Ok(entered(saga, next.step, fence))
}

/// The saga in its new step.
pub(super) fn entered(saga: &Saga, step: Step, fence: u64) -> Saga {
    Saga { step, version: fence, tries: 0, step_age: std::time::Duration::ZERO, ..saga.clone() }
}

/// Takes a fact that payments answered with, and carries out what it means.
pub(super) async fn take(shop: &Shop, saga: &Saga, order: &Order, fact: &PaymentFact) -> Result<Turn, SagaError> {
    let settled = in_transaction(&shop.db, |tx| {
        Box::pin(async move {
            lock(tx, order).await?;
            let newest = settle::keep(tx, fact).await?.newest;
            let verdict = verdict(order, &newest);
            let right = Right::Fence(saga);
            let settled = settle::carry_out(tx, (&shop.outbox, &shop.rules), order, &verdict, right).await?;
            failpoint::hit_of("orders.saga.uncommitted", saga.step.as_str());
            settled.ok_or(SagaError::Lost)
        })
    })
    .await?;
    Ok(match settled.saga {
        Some((Step::End, fence)) => Turn::Go(entered(saga, Step::End, fence), settled.order),
        Some(_) => Turn::Rest(settled.order),
        None => Turn::Again(crate::domain::saga::back_off(saga.tries)),
    })
}

/// Turns the checkout back: from here on stock and money are given back, then the order ends.
pub(super) async fn turn_back(shop: &Shop, saga: &Saga, order: &Order, reason: &str) -> Result<Turn, SagaError> {
    let action = if order.status == OrderStatus::AwaitingPayment { OrderAction::Expire } else { OrderAction::Cancel };
    let ending = Ending { action, reason: reason.to_owned() };
    let mut progress = Progress::of(order.clone(), clock::now());
    progress.order = progress.order.head_for(ending).map_err(|refusal| SagaError::Broken(refusal.to_string()))?;
    let progress = &progress;
    let next = Next::at_once(Step::End, shop.rules.lease);
    let saga = in_transaction(&shop.db, |tx| {
        Box::pin(async move {
            lock(tx, order).await?;
            write(tx, shop, saga, progress, next).await
        })
    })
    .await?;
    Ok(Turn::Go(saga, progress.order.clone()))
}
