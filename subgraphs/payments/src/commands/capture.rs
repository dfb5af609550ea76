//! Takes what is authorised: cash, once it was handed over.

use std::sync::Arc;

use souk_contracts::OrderId;
use souk_subgraph::{Tx, db::in_transaction};

use super::{
    CommandError, Parts,
    record::{self, Tell},
};
use crate::{
    domain::{Payment, State, Step},
    store::payments,
};

/// Captures the order's live payment. Providers' payments are captured by themselves as soon as they are
/// authorised, so for those the state as known is the answer. Asked again, it changes nothing.
///
/// # Errors
/// [`CommandError::NotFound`] or [`CommandError::NothingHeld`].
pub async fn capture(parts: &Arc<Parts>, order: OrderId) -> Result<Payment, CommandError> {
    let payment = in_transaction(&parts.db, |tx| Box::pin(capture_in(tx, parts, order))).await?;
    record::committed(parts, Tell::Caller);
    Ok(payment)
}

async fn capture_in(tx: &mut Tx, parts: &Parts, order: OrderId) -> Result<Payment, CommandError> {
    let live = |payment: &Payment| payment.state.is_live() && payment.cancel_reason.is_none();
    let payments = payments::lock_of_order(tx, order).await?;
    let before = payments.into_iter().find(live).ok_or(CommandError::NotFound)?;
    match before.state {
        State::Authorized if before.method.is_cash() => {
            let after = before.clone().take(Step::Capture)?;
            record::save(tx, parts, &before, after, Tell::Caller).await
        }
        State::Authorized | State::Captured => Ok(before),
        State::Created
        | State::Processing
        | State::RequiresAction(_)
        | State::Failed { .. }
        | State::Unknown
        | State::Voided => Err(CommandError::NothingHeld(before.state.name())),
    }
}
