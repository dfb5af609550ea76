//! Gives an order's money back, or does not take it at all.

use std::sync::Arc;

use souk_contracts::OrderId;
use souk_process::failpoint;
use souk_subgraph::{Tx, db::in_transaction};

use super::{
    CommandError, Parts,
    drive::{Work, run_for_caller},
    record::{self, Tell},
};
use crate::{
    domain::Payment,
    store::{cancellations, operations, payments},
};

/// What orders no longer wants.
#[derive(Debug, Clone)]
pub struct Cancel {
    pub order_id: OrderId,
    /// None: all attempts, also those to come.
    pub attempt: Option<u32>,
    pub reason: String,
}

/// Marks the payments and does what their states allow: void, refund, withdraw. What is not known yet is dealt with
/// once it is; what arrives late goes back at once. Asked again, it changes nothing.
///
/// # Errors
/// [`CommandError::Store`].
pub async fn cancel(parts: &Arc<Parts>, cancel: Cancel) -> Result<Vec<Payment>, CommandError> {
    let wish = &cancel;
    let works = in_transaction(&parts.db, |tx| Box::pin(mark(tx, parts, wish))).await?;
    failpoint::hit("payments.cancel.committed");
    record::committed(parts, Tell::Caller);
    run_for_caller(parts, works, Tell::Caller).await;
    let mut found = payments::of_orders(&parts.db, &[cancel.order_id]).await?;
    let mut payments = found.remove(&cancel.order_id).unwrap_or_default();
    payments.retain(|payment| concerns(&cancel, payment));
    Ok(payments)
}

async fn mark(tx: &mut Tx, parts: &Parts, cancel: &Cancel) -> Result<Vec<Work>, CommandError> {
    let attempt = cancel.attempt.unwrap_or(cancellations::ALL_ATTEMPTS);
    cancellations::insert(tx, cancel.order_id, attempt, &cancel.reason).await?;
    let mut works = Vec::new();
    for before in payments::lock_of_order(tx, cancel.order_id).await? {
        if !concerns(cancel, &before) {
            continue;
        }
        let mut after = before.clone();
        after.cancel_reason.get_or_insert_with(|| cancel.reason.clone());
        let open = operations::open_of(tx, before.id).await?;
        let recorded = record::plan_and_save(tx, parts, &before, (after, &open), Tell::Caller).await?;
        works.extend(recorded.next);
    }
    Ok(works)
}

fn concerns(cancel: &Cancel, payment: &Payment) -> bool {
    cancel.attempt.is_none_or(|attempt| attempt == payment.attempt)
}
