//! Takes a provider's webhook whose signature was verified.

use std::sync::Arc;

use souk_process::failpoint;
use souk_subgraph::{Tx, db::in_transaction};

use super::{
    CommandError, Parts,
    drive::drive,
    record::{self, Recorded, Tell},
};
use crate::{
    domain::Charge,
    store::{payments, webhooks},
};

/// What became of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenWebhook {
    Recorded,
    /// Taken before.
    Repeated,
    /// About a payment that is not ours.
    Foreign,
}

/// Records the news and the webhook's id in one transaction; what follows from it (a capture after 3-D Secure) is
/// done in the background.
///
/// # Errors
/// [`CommandError`]: the provider is to send it again.
pub async fn take_webhook(
    parts: &Arc<Parts>,
    provider: &str,
    id: &str,
    charge: &Charge,
) -> Result<TakenWebhook, CommandError> {
    let taken = in_transaction(&parts.db, |tx| Box::pin(take(tx, parts, (provider, id), charge))).await?;
    let recorded = match taken {
        Ok(recorded) => recorded,
        Err(nothing) => return Ok(nothing),
    };
    failpoint::hit("payments.webhook.committed");
    record::committed(parts, Tell::Orders);
    if let Some(work) = recorded.next {
        let running = Arc::clone(parts);
        parts.shutdown.spawn(async move {
            let payment = work.payment.id;
            if let Err(error) = drive(&running, work, Tell::Orders).await {
                tracing::warn!(payment.id = %payment, "payment {payment} is left to the worker: {error}");
            }
        });
    }
    Ok(TakenWebhook::Recorded)
}

async fn take(
    tx: &mut Tx,
    parts: &Parts,
    (provider, id): (&str, &str),
    charge: &Charge,
) -> Result<Result<Recorded, TakenWebhook>, CommandError> {
    if !webhooks::insert(tx, provider, id).await? {
        return Ok(Err(TakenWebhook::Repeated));
    }
    let ours = match charge.reference.parse() {
        Ok(payment) => payments::lock(tx, payment).await?.is_some(),
        Err(_) => false,
    };
    if !ours {
        return Ok(Err(TakenWebhook::Foreign));
    }
    record::observe_in(tx, parts, charge, None, Tell::Orders).await.map(Ok)
}
