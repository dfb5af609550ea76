//! Cancelling an order: the intent is committed, then stock and money are given back, then it is CANCELLED.

use std::time::Duration;

use souk_contracts::{OrderId, identity::Principal};
use souk_subgraph::{
    db::in_transaction,
    idempotency::{IdempotencyKey, Seen},
};

use super::{CommandError, as_it_stands, key_holder, persist, place_order::run_inline};
use crate::{
    domain::{
        Ending, Order, OrderAction, Progress, Refusal, access,
        saga::{Saga, Step},
    },
    shop::Shop,
    store::{self, sagas::Next},
};

#[derive(Debug, Clone)]
pub struct CancelOrder {
    pub caller: Principal,
    pub id: OrderId,
    pub reason: String,
    pub idempotency_key: String,
}

/// Cancels an order and waits a while for it to be done.
///
/// # Errors
/// [`Refusal::NotFound`] for strangers, [`Refusal::InvalidTransition`] where it is too late.
pub async fn cancel_order(shop: &Shop, request: CancelOrder) -> Result<Order, CommandError> {
    let started = tokio::time::Instant::now();
    let order = as_it_stands(shop, request.id).await?;
    if !access::may_cancel(&request.caller, &order) {
        return Err(Refusal::NotFound.into());
    }
    let holder = key_holder(&request.caller, &order);
    let input = (request.id, &request.reason);
    let key = IdempotencyKey::parse(&holder, "orderCancel", &request.idempotency_key, &input)
        .map_err(CommandError::Request)?;
    match key.find(&shop.db).await? {
        Seen::Replay { .. } => Ok(order),
        Seen::Reused => Err(Refusal::KeyReused.into()),
        Seen::Fresh => match begin(shop, &request, &key).await? {
            Some((saga, order)) => run_inline(shop, saga, order, started).await,
            None => as_it_stands(shop, request.id).await,
        },
    }
}

/// Commits the intent and takes the saga over from whoever runs it. None when a parallel request did.
async fn begin(
    shop: &Shop,
    request: &CancelOrder,
    key: &IdempotencyKey,
) -> Result<Option<(Saga, Order)>, CommandError> {
    let begun = in_transaction(&shop.db, |tx| {
        Box::pin(async move {
            let order = store::orders::lock(tx, request.id).await?.ok_or(Refusal::NotFound)?;
            match key.record(tx, &request.id.to_string()).await? {
                Seen::Fresh => {}
                Seen::Replay { .. } => return Ok(None),
                Seen::Reused => return Err(CommandError::from(Refusal::KeyReused)),
            }
            let mut progress = Progress::of(order, souk_process::clock::now());
            let ending = Ending { action: OrderAction::Cancel, reason: request.reason.clone() };
            progress.order = progress.order.head_for(ending)?;
            persist::save(tx, &shop.outbox, &progress).await?;
            let next = Next::at_once(Step::End, shop.rules.lease);
            let fence = store::sagas::seize(tx, request.id, next).await?;
            Ok(Some((fence, progress.order)))
        })
    })
    .await?;
    Ok(begun.map(|(fence, order)| {
        let saga = Saga {
            order: order.id,
            step: Step::End,
            version: fence,
            attempt: 1,
            tries: 0,
            payment_token: None,
            step_age: Duration::ZERO,
        };
        (saga, order)
    }))
}
