//! Asks the provider and records its answer, operation after operation, until nothing is left to ask.

use std::{sync::Arc, time::Instant};

use souk_contracts::PaymentId;
use souk_process::failpoint;
use tokio::sync::oneshot;

use super::{
    CommandError, Parts,
    record::{self, NoCharge, Recorded, Tell},
};
use crate::{
    domain::{Charge, Kind, Payment},
    provider::{ChargeRef, ChargeRequest, ProviderError},
    store::{operations::Operation, payments},
};

/// An operation to run, with the payment that it is about.
#[derive(Debug)]
pub struct Work {
    pub operation: Operation,
    pub payment: Payment,
}

/// The work of an operation that a worker has leased.
pub async fn load(parts: &Parts, operation: Operation) -> Result<Work, CommandError> {
    let payment = payments::find(&parts.db, operation.payment_id).await?.ok_or(CommandError::NotFound)?;
    Ok(Work { operation, payment })
}

/// Runs an operation and those that follow from it; gives the payment as it then is.
pub async fn drive(parts: &Parts, work: Work, tell: Tell) -> Result<Payment, CommandError> {
    let mut work = work;
    loop {
        let Recorded { payment, next } = step(parts, &work, tell).await?;
        match next {
            Some(next) => work = next,
            None => return Ok(payment),
        }
    }
}

/// Runs `works` for a caller that waits, at most for the reply limit; what takes longer goes on, and orders is told
/// of it. The caller then reads the payment anew. The work is a task of its own, so a caller that goes away does
/// not stop it halfway.
pub async fn run_for_caller(parts: &Arc<Parts>, works: Vec<Work>, tell: Tell) {
    if works.is_empty() {
        return;
    }
    let ids: Vec<PaymentId> = works.iter().map(|work| work.payment.id).collect();
    let (done, waiting) = oneshot::channel();
    let running = Arc::clone(parts);
    parts.shutdown.spawn(async move {
        for work in works {
            let id = work.payment.id;
            if let Err(error) = drive(&running, work, tell).await {
                // Its lease ends, and a worker goes on with it.
                tracing::warn!(payment.id = %id, "payment {id} is left to the worker: {error}");
            }
        }
        if done.send(()).is_err() && tell == Tell::Caller {
            tell_later(&running, &ids).await;
        }
    });
    // Late or failed: the caller reads what is known.
    let _ = tokio::time::timeout(parts.limits.reply, waiting).await;
}

async fn tell_later(parts: &Parts, ids: &[PaymentId]) {
    for id in ids {
        if let Err(error) = payments::set_untold(&parts.db, *id).await {
            tracing::warn!(payment.id = %id, "orders learns of payment {id} by its event only: {error}");
        }
    }
    parts.untold.notify_one();
}

async fn step(parts: &Parts, work: &Work, tell: Tell) -> Result<Recorded, CommandError> {
    let operation = &work.operation;
    let kind = operation.kind.as_str();
    failpoint::hit_of("payments.provider.asking", kind);
    let started = Instant::now();
    let answer = ask(parts, work).await;
    failpoint::hit_of("payments.provider.answered", kind);
    metrics::histogram!("souk_provider_seconds", "operation" => kind).record(started.elapsed().as_secs_f64());
    let outcome = match answer {
        Ok(Some(charge)) => return record::observed(parts, &charge, Some(operation), tell).await,
        Ok(None) => NoCharge::Unanswered("the provider has no such charge"),
        Err(ProviderError::Refused { ref code }) => NoCharge::Refused(code),
        Err(ProviderError::Unknown { ref reason }) => {
            metrics::counter!("souk_provider_unknown_total", "operation" => kind).increment(1);
            tracing::warn!(
                payment.id = %operation.payment_id, operation.kind = kind,
                "{kind} of payment {} is not known: {reason}", operation.payment_id,
            );
            NoCharge::Unanswered(reason)
        }
    };
    // A capture or void is refused when the charge has moved on: then the charge itself tells what is.
    if matches!((&outcome, operation.kind), (NoCharge::Refused(_), Kind::Capture | Kind::Void))
        && let Ok(Some(charge)) = parts.provider.find(operation.payment_id, work.payment.charge_id.as_deref()).await
    {
        return record::observed(parts, &charge, Some(operation), tell).await;
    }
    record::without_charge(parts, operation, outcome, tell).await
}

/// The provider's charge, or None when it has none.
async fn ask(parts: &Parts, work: &Work) -> Result<Option<Charge>, ProviderError> {
    let Work { operation, payment } = work;
    let provider = &parts.provider;
    let key = provider_key(operation);
    let charge = || {
        let missing = || ProviderError::Unknown { reason: "the charge's id is not known".to_owned() };
        let id = payment.charge_id.as_deref().ok_or_else(missing)?;
        Ok::<_, ProviderError>(ChargeRef { payment: payment.id, id })
    };
    match (operation.kind, operation.refund) {
        (Kind::Charge, _) => {
            // Asked before: look first, so that an answer that was lost is found without asking again.
            if operation.tries > 1 {
                let found = provider.find(payment.id, payment.charge_id.as_deref()).await?;
                // One that was there once is not made anew: it may lie with another account of ours.
                if found.is_some() || payment.charge_id.is_some() {
                    return Ok(found);
                }
            }
            let request = ChargeRequest {
                payment_id: payment.id,
                method: payment.method,
                token: payment.token.clone(),
                amount: payment.amount,
            };
            provider.charge(&key, &request).await.map(Some)
        }
        (Kind::Capture, _) => provider.capture(&key, charge()?).await.map(Some),
        (Kind::Void, _) => provider.void(&key, charge()?).await.map(Some),
        (Kind::Refund, Some(refund)) => {
            provider.refund(&key, charge()?, refund.id, refund.amount_minor).await.map(Some)
        }
        (Kind::Refund, None) | (Kind::Ask, _) => provider.find(payment.id, payment.charge_id.as_deref()).await,
    }
}

/// The same for every try of an operation, whoever runs it.
fn provider_key(operation: &Operation) -> String {
    format!("{}:{}:{}", operation.payment_id, operation.kind.as_str().to_ascii_lowercase(), operation.n)
}
