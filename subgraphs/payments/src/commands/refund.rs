//! Refunds a captured payment, whole or in part, for a member of staff.

use std::sync::Arc;

use souk_contracts::{Money, PaymentId, RefundId};
use souk_process::{clock, failpoint};
use souk_subgraph::{
    Tx,
    db::in_transaction,
    idempotency::{IdempotencyKey, Seen},
    random,
};

use super::{
    CommandError, Parts,
    drive::{Work, run_for_caller},
    record::{self, Tell},
};
use crate::{
    domain::{Kind, Payment},
    store::{
        operations::{self, RefundPart, When},
        payments,
        refunds::{self, NewRefund, RefundState},
    },
};

/// What staff asks for.
#[derive(Debug, Clone)]
pub struct Refund {
    pub payment_id: PaymentId,
    pub amount: Money,
    pub reason: String,
    pub requested_by: String,
    pub key: IdempotencyKey,
}

#[derive(Debug)]
pub enum RefundOutcome {
    /// Made or under way, now or by an earlier request with the same key.
    Accepted(Box<Payment>),
    /// The key stands for another refund.
    KeyReused,
}

enum Reserved {
    New { work: Option<Box<Work>> },
    Replay,
    Reused,
}

/// Reserves the amount in the payment's row, so that no two refunds together exceed what was captured, then asks
/// the provider.
///
/// # Errors
/// [`CommandError::NotFound`], [`CommandError::Fault`]: nothing is remembered, the key may be used again.
pub async fn refund(parts: &Arc<Parts>, refund: Refund) -> Result<RefundOutcome, CommandError> {
    let wish = &refund;
    match in_transaction(&parts.db, |tx| Box::pin(reserve(tx, parts, wish))).await? {
        Reserved::Reused => return Ok(RefundOutcome::KeyReused),
        Reserved::Replay => {}
        Reserved::New { work } => {
            failpoint::hit("payments.refund.committed");
            record::committed(parts, Tell::Orders);
            // The one who waits is staff; orders is told by a call of its own.
            run_for_caller(parts, work.into_iter().map(|work| *work).collect(), Tell::Orders).await;
        }
    }
    let payment = payments::find(&parts.db, refund.payment_id).await?.ok_or(CommandError::NotFound)?;
    Ok(RefundOutcome::Accepted(Box::new(payment)))
}

async fn reserve(tx: &mut Tx, parts: &Parts, refund: &Refund) -> Result<Reserved, CommandError> {
    let id = RefundId::new(clock::now(), random::bytes());
    match refund.key.record(tx, &id.to_string()).await? {
        Seen::Fresh => {}
        Seen::Replay { .. } => return Ok(Reserved::Replay),
        Seen::Reused => return Ok(Reserved::Reused),
    }
    let amount_minor = refund.amount.minor;
    let before = payments::lock(tx, refund.payment_id).await?.ok_or(CommandError::NotFound)?;
    let after = before.clone().reserve_refund_of(refund.amount)?;
    let (reason, requested_by) = (refund.reason.as_str(), refund.requested_by.as_str());
    refunds::insert(tx, &NewRefund { id, payment_id: before.id, amount_minor, reason, requested_by }).await?;
    if after.method.is_cash() {
        refunds::set_state(tx, id, RefundState::Done).await?;
        record::save(tx, parts, &before, after.settle_refund(amount_minor), Tell::Orders).await?;
        return Ok(Reserved::New { work: None });
    }
    let part = RefundPart { id, amount_minor };
    let when = When::Now { lease_ms: parts.limits.lease_ms() };
    let operation = operations::insert(tx, before.id, Kind::Refund, Some(part), when).await?;
    let payment = record::save(tx, parts, &before, after, Tell::Orders).await?;
    Ok(Reserved::New { work: Some(Box::new(Work { operation, payment })) })
}
