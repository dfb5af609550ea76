//! AWAIT, when the payment window has passed: ask payments once more, and expire what is still not paid.

use std::time::Duration;

use super::{SagaError, Turn, pay::still_held, write};
use crate::{
    clients::payments::{ByOrder, PaymentsForOrder, Snapshot},
    domain::{Order, payment::PaymentFact, saga::Saga},
    shop::Shop,
};

/// Between two questions about a payment whose outcome is open.
const ASK_AGAIN: Duration = Duration::from_secs(5);

pub(super) async fn run(shop: &Shop, saga: &Saga, order: &Order) -> Result<Turn, SagaError> {
    let answer = shop.client.call::<PaymentsForOrder>(&ByOrder { order_id: order.id }).await?;
    let facts: Vec<PaymentFact> = answer.payments.iter().map(Snapshot::fact).collect::<Result<_, _>>()?;
    for fact in &facts {
        match write::take(shop, saga, order, fact).await? {
            Turn::Again(_) => {}
            moved @ (Turn::Go(..) | Turn::Rest(_)) => return Ok(moved),
        }
    }
    // The customer has done their part and the provider has not: the units wait a little longer, up to a cap.
    let is_open = facts.iter().any(|fact| fact.state.is_open());
    if is_open && saga.step_age < shop.rules.give_up && still_held(shop, saga).await? {
        return Ok(Turn::Again(ASK_AGAIN));
    }
    write::turn_back(shop, saga, order, "the payment window passed").await
}
