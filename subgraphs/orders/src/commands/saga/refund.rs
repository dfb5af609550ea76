//! REFUND: money came for an order that had ended. It goes back at once, and the payment status tells of it.

use souk_process::clock;
use souk_subgraph::db::in_transaction;

use super::{SagaError, Turn, end, write};
use crate::{
    clients::payments::Snapshot,
    commands::settle,
    domain::{
        Order, Progress,
        payment::{PaymentFact, Verdict, verdict},
        saga::{Saga, Step, back_off},
    },
    shop::Shop,
    store::sagas::Next,
};

/// A refund takes its time: the first pause is as long as that after so many tries of another step.
const FIRST_PAUSE: u32 = 3;

pub(super) async fn run(shop: &Shop, saga: &Saga, order: &Order) -> Result<Turn, SagaError> {
    let payments = end::cancel(shop, order, "the order had ended").await?;
    let facts: Vec<PaymentFact> = payments.iter().map(Snapshot::fact).collect::<Result<_, _>>()?;
    let is_done = payments.iter().all(|payment| payment.cancelled);
    let facts = &facts;
    let written = in_transaction(&shop.db, |tx| {
        Box::pin(async move {
            write::lock(tx, order).await?;
            let mut progress = Progress::of(order.clone(), clock::now());
            for fact in facts {
                let newest = settle::keep(tx, fact).await?.newest;
                if let Verdict::Follow(status) | Verdict::GiveBack(status) = verdict(&progress.order, &newest) {
                    progress = progress.money_to(status, Some("given back: the order had ended"));
                }
            }
            if !is_done && progress.changes.is_empty() {
                return Ok(None);
            }
            let next = if is_done { Next::DONE } else { Next::after(Step::Refund, back_off(FIRST_PAUSE)) };
            write::write(tx, shop, saga, &progress, next).await?;
            Ok::<_, SagaError>(Some(progress.order))
        })
    })
    .await?;
    Ok(written.map_or_else(|| Turn::Again(back_off(saga.tries.saturating_add(FIRST_PAUSE))), Turn::Rest))
}
