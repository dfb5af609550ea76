//! What payments tells of a payment, by `paymentSettled` and by its events: one command, each version once,
//! whichever way comes first.

use souk_subgraph::{Tx, db::in_transaction};

use super::{
    CommandError,
    settle::{self, Right},
};
use crate::{
    domain::payment::{PaymentFact, Verdict, verdict},
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

/// Takes a fact whether it is news or not, for an order at rest that did not follow it; true when nothing is left to
/// follow, or the saga is on its way to it. An order that somebody works on is left to them.
///
/// # Errors
/// [`CommandError::Store`].
pub async fn take_again(shop: &Shop, fact: &PaymentFact) -> Result<bool, CommandError> {
    let followed = in_transaction(&shop.db, |tx| {
        Box::pin(async move {
            let Some(order) = store::orders::lock(tx, fact.order).await? else { return Ok(false) };
            if !store::sagas::is_at_rest(tx, order.id).await? {
                return Ok(false);
            }
            let newest = settle::keep(tx, fact).await?.newest;
            let verdict_now = verdict(&order, &newest);
            let settled = settle::carry_out(tx, (&shop.outbox, &shop.rules), &order, &verdict_now, Right::Lock)
                .await?
                .ok_or_else(|| CommandError::Broken(format!("order {} changed under its lock", order.id)))?;
            Ok::<_, CommandError>(settled.saga.is_some() || verdict(&settled.order, &newest) == Verdict::Nothing)
        })
    })
    .await?;
    shop.committed();
    Ok(followed)
}
