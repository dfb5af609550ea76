//! What payments tells of a payment, by `paymentSettled` and by its events: one command, each version once,
//! whichever way comes first.

use souk_subgraph::{Tx, db::in_transaction};

use super::{
    CommandError,
    settle::{self, Right},
};
use crate::{
    domain::payment::{PaymentFact, verdict},
    shop::Shop,
    store,
};

/// Takes the fact; false when there is no such order.
///
/// # Errors
/// [`CommandError::Store`].
pub async fn record_payment(shop: &Shop, fact: PaymentFact) -> Result<bool, CommandError> {
    let fact = &fact;
    let known = in_transaction(&shop.db, |tx| Box::pin(record_payment_in(tx, shop, fact))).await?;
    shop.committed();
    Ok(known)
}

/// The same in the transaction of the event that told it.
///
/// # Errors
/// [`CommandError::Store`].
pub async fn record_payment_in(tx: &mut Tx, shop: &Shop, fact: &PaymentFact) -> Result<bool, CommandError> {
    let Some(order) = store::orders::lock(tx, fact.order).await? else {
        tracing::warn!(payment.id = %fact.payment, order.id = %fact.order,
            "payment {} names the order {}, which is not known", fact.payment, fact.order);
        return Ok(false);
    };
    let kept = settle::keep(tx, fact).await?;
    if !kept.is_news {
        return Ok(true);
    }
    let verdict = verdict(&order, &kept.newest);
    settle::carry_out(tx, (&shop.outbox, &shop.rules), &order, &verdict, Right::Lock)
        .await?
        .ok_or_else(|| CommandError::Broken(format!("order {} changed under its lock", order.id)))?;
    tracing::debug!(order.id = %order.id, payment.id = %fact.payment,
        "order {} took version {} of payment {}", order.id, fact.version, fact.payment);
    Ok(true)
}
