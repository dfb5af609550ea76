//! PAY: start the payment, or ask how the one that was started stands. The same attempt is one payment, so asking
//! is starting.

use souk_subgraph::clients::ClientError;

use super::{SagaError, Turn, write};
use crate::{
    clients::{
        inventory::{ExtendVariables, ReservationExtend},
        payments::{Input, PaymentStart, StartInput},
    },
    domain::{
        Ending, Order, OrderAction, Refusal,
        saga::{Saga, Step},
    },
    shop::Shop,
    store::{self, sagas::Next},
};
use souk_process::clock;
use souk_subgraph::db::in_transaction;

pub(super) async fn run(shop: &Shop, saga: &Saga, order: &Order) -> Result<Turn, SagaError> {
    if saga.step_age > shop.rules.give_up {
        return write::turn_back(shop, saga, order, "the payment did not come to an end in time").await;
    }
    // Only a first try follows the reservation at once; a later one makes sure that the units still wait.
    if saga.tries > 0 && !still_held(shop, saga).await? {
        return write::turn_back(shop, saga, order, "the reserved units were freed before the payment was done").await;
    }
    let input = StartInput::of(order, saga.attempt, saga.payment_token.clone());
    match shop.client.call::<PaymentStart>(&Input { input }).await {
        Ok(answer) => write::take(shop, saga, order, &answer.payment.fact()?).await,
        // The request itself can never be paid; everything else is no answer about the payment.
        Err(ClientError::Refused { code, message, .. }) if code == "BAD_USER_INPUT" => {
            decline(shop, saga, order, message).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Extends the reservation; false when it lapsed.
pub(super) async fn still_held(shop: &Shop, saga: &Saga) -> Result<bool, SagaError> {
    let ttl = shop.rules.reservation_ttl;
    let variables = ExtendVariables { order_id: saga.order, ttl_seconds: ttl.as_secs().max(1) };
    if !shop.client.call::<ReservationExtend>(&variables).await?.done {
        return Ok(false);
    }
    if store::sagas::note_reserved(&shop.db, saga, shop.rules.counted_on()).await? {
        Ok(true)
    } else {
        Err(SagaError::Lost)
    }
}

async fn decline(shop: &Shop, saga: &Saga, order: &Order, reason: String) -> Result<Turn, SagaError> {
    let ending = Ending { action: OrderAction::FailPayment, reason: reason.clone() };
    let mut progress = crate::domain::Progress::of(order.clone(), clock::now());
    progress.order = progress.order.head_for(ending).map_err(|refusal| SagaError::Broken(refusal.to_string()))?;
    progress.order.refusal = Some(Refusal::PaymentDeclined(reason));
    let progress = &progress;
    let next = Next::at_once(Step::End, shop.rules.lease);
    let saga = in_transaction(&shop.db, |tx| {
        Box::pin(async move {
            write::lock(tx, order).await?;
            write::write(tx, shop, saga, progress, next).await
        })
    })
    .await?;
    Ok(Turn::Go(saga, progress.order.clone()))
}
