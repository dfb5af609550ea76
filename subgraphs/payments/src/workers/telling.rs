//! Tells orders of payments that changed without a caller who waits: webhooks, late answers, staff's refunds. The
//! event says the same; this is faster.

use std::{sync::Arc, time::Duration};

use super::keep_busy;
use crate::{
    clients::OrdersClient,
    commands::Parts,
    store::payments::{self, Untold},
};

/// Longer than a call may take.
const LEASE: Duration = Duration::from_secs(10);

pub async fn run(parts: Arc<Parts>, orders: Arc<OrdersClient>) {
    let lease = |limit| payments::lease_untold(&parts.db, limit, LEASE.as_millis() as u64);
    let run = |untold: Untold| {
        let (parts, orders) = (Arc::clone(&parts), Arc::clone(&orders));
        async move { tell(&parts, &orders, untold).await }
    };
    keep_busy(&parts.shutdown, Some(&parts.untold), lease, run).await;
}

async fn tell(parts: &Parts, orders: &OrdersClient, Untold { payment, tries }: Untold) {
    let id = payment.id;
    let noted = match orders.payment_settled(&payment).await {
        Ok(()) => payments::set_told(&parts.db, &payment).await,
        Err(error) => {
            tracing::info!(payment.id = %id, "orders could not be told of payment {id} and is told again: {error}");
            payments::tell_later(&parts.db, id, parts.limits.pause_ms(tries + 1)).await
        }
    };
    if let Err(error) = noted {
        // The lease ends, and orders is told once more, which changes nothing there.
        tracing::warn!(payment.id = %id, "telling of payment {id} was not noted: {error}");
    }
}
