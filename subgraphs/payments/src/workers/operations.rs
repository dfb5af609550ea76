//! Goes on with operations that nobody finished: unanswered ones, and those of a process that died.

use std::sync::Arc;

use super::keep_busy;
use crate::{
    commands::{self, CommandError, Parts, Tell},
    store::operations::{self, Operation},
};

pub async fn run(parts: Arc<Parts>) {
    let lease_ms = parts.limits.lease.as_millis() as u64;
    let lease = |limit| operations::lease_due(&parts.db, limit, lease_ms);
    let run = |operation: Operation| {
        let parts = Arc::clone(&parts);
        async move {
            let (kind, payment) = (operation.kind.as_str(), operation.payment_id);
            if let Err(error) = go_on(&parts, operation).await {
                // The lease ends, and it is taken up again.
                tracing::warn!(payment.id = %payment, "{kind} of payment {payment} is tried again: {error}");
            }
        }
    };
    keep_busy(&parts.shutdown, None, lease, run).await;
}

async fn go_on(parts: &Parts, operation: Operation) -> Result<(), CommandError> {
    let work = commands::load(parts, operation).await?;
    commands::drive(parts, work, Tell::Orders).await.map(|_| ())
}
