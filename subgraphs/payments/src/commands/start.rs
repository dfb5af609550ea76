//! Starts the payment of an order.

use std::sync::Arc;

use souk_contracts::PaymentId;
use souk_process::{clock, failpoint};
use souk_subgraph::{Tx, db::in_transaction, random};

use super::{
    CommandError, Parts,
    drive::{Work, run_for_caller},
    record::{self, Tell},
};
use crate::{
    domain::{Intent, Payment, State},
    store::{
        cancellations,
        operations::{self, When},
        payments::{self, Inserted},
    },
};

/// What the intent's transaction came to.
struct Begun {
    payment: Payment,
    /// What is to be asked of the provider; none for cash, for a refused token, and for an attempt that was
    /// started before.
    work: Option<Work>,
}

/// Commits the intent, then asks the provider. The pair (order, attempt) is the idempotency key: started again, the
/// payment is given as it stands.
///
/// # Errors
/// [`CommandError::AttemptDiffers`], [`CommandError::AttemptCancelled`], [`CommandError::OrderHasLive`].
pub async fn start(parts: &Arc<Parts>, intent: Intent) -> Result<Payment, CommandError> {
    let id = PaymentId::new(clock::now(), random::bytes());
    let mut payment = intent.clone().into_payment(id, clock::now())?;
    // Cash and refused tokens are settled already: that is their first version.
    payment.version = u64::from(payment.state != State::Processing);
    let (intent, wished) = (&intent, &payment);
    let begun = in_transaction(&parts.db, |tx| Box::pin(begin(tx, parts, intent, wished))).await?;
    failpoint::hit("payments.intent.committed");
    parts.outbox.committed();
    let Begun { payment, work: Some(work) } = begun else { return Ok(begun.payment) };
    run_for_caller(parts, vec![work], Tell::Caller).await;
    Ok(payments::find(&parts.db, payment.id).await?.unwrap_or(payment))
}

async fn begin(tx: &mut Tx, parts: &Parts, intent: &Intent, wished: &Payment) -> Result<Begun, CommandError> {
    match payments::insert(tx, wished).await? {
        Inserted::OrderHasLive => return known_attempt(tx, intent).await?.ok_or(CommandError::OrderHasLive),
        Inserted::AttemptExists => return known_attempt(tx, intent).await?.ok_or(CommandError::NotFound),
        Inserted::Yes => {}
    }
    if cancellations::exists(tx, intent.order_id, intent.attempt).await? {
        return Err(CommandError::AttemptCancelled);
    }
    let payment = wished.clone();
    if payment.state == State::Processing {
        let when = When::Now { lease_ms: parts.limits.lease_ms() };
        let operation = operations::insert_first(tx, payment.id, when).await?;
        failpoint::hit("payments.intent.uncommitted");
        return Ok(Begun { work: Some(Work { operation, payment: payment.clone() }), payment });
    }
    parts.outbox.append(tx, &record::event(&payment)).await?;
    Ok(Begun { payment, work: None })
}

/// Which unique key MySQL names first is not ours to choose, so both lead here.
async fn known_attempt(tx: &mut Tx, intent: &Intent) -> Result<Option<Begun>, CommandError> {
    match payments::lock_attempt(tx, intent.order_id, intent.attempt).await? {
        Some(known) if intent.matches(&known) => Ok(Some(Begun { payment: known, work: None })),
        Some(_) => Err(CommandError::AttemptDiffers),
        None => Ok(None),
    }
}
