//! Running a checkout: one step after the other, until it rests. A step reads nothing but the order and its saga,
//! calls other services outside any transaction, and writes under the fence.
//!
//! Every call is safe to repeat (by order id, by payment attempt), so a step that was cut short is simply run
//! again, by whoever holds the saga then.

mod await_payment;
mod end;
mod pay;
mod refund;
mod reserve;
pub mod worker;
mod write;

use std::time::{Duration, Instant};

use souk_process::failpoint;
use souk_subgraph::{StoreError, clients::ClientError, db::TransactionError, random};

use super::CommandError;
use crate::{
    domain::{
        Order,
        saga::{Saga, Step, back_off},
        status::NoSuchEdge,
    },
    shop::Shop,
    store,
};

/// How a step came out.
#[derive(Debug)]
enum Turn {
    /// The next step may be run at once, under the same lease.
    Go(Saga, Order),
    /// Nothing is left to do now; the saga's row says what comes next.
    Rest(Order),
    /// The same step again after a while: nothing has changed.
    Again(Duration),
}

#[derive(Debug, thiserror::Error)]
enum SagaError {
    /// Another runs this saga now, or the order has moved on: whoever moved it carries on.
    #[error("the saga is run by another")]
    Lost,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("{0}")]
    Broken(String),
}

impl From<CommandError> for SagaError {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Store(error) => Self::Store(error),
            CommandError::Client(error) => Self::Client(error),
            other @ (CommandError::Refused(_) | CommandError::Request(_) | CommandError::Broken(_)) => {
                Self::Broken(other.to_string())
            }
        }
    }
}

impl From<NoSuchEdge> for SagaError {
    fn from(error: NoSuchEdge) -> Self {
        Self::Broken(error.to_string())
    }
}

impl TransactionError for SagaError {
    fn store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::Lost | Self::Client(_) | Self::Broken(_) => None,
        }
    }
}

/// Runs a leased saga until it rests. Short waits are waited out here while `patience` lasts; after that the saga is
/// put off and any worker may take it. Gives the order when it is known how it stands.
pub(super) async fn run(shop: &Shop, mut saga: Saga, mut order: Order, patience: Duration) -> Option<Order> {
    let started = Instant::now();
    loop {
        let wait = match step(shop, &saga, &order).await {
            Ok(Turn::Go(next, moved)) => {
                failpoint::hit_of("orders.saga.committed", saga.step.as_str());
                // The saga goes on here: there is nothing for a worker.
                shop.outbox.committed();
                (saga, order) = (next, moved);
                continue;
            }
            Ok(Turn::Rest(order)) => {
                failpoint::hit_of("orders.saga.committed", saga.step.as_str());
                shop.committed();
                return Some(order);
            }
            Ok(Turn::Again(wait)) => wait,
            Err(SagaError::Lost) => return None,
            Err(error) => {
                let (id, name) = (order.id, saga.step.as_str());
                tracing::warn!(order.id = %id, "checkout of {id} tries {name} again: {error}");
                back_off(saga.tries).mul_f64(random::jitter())
            }
        };
        if started.elapsed() + wait < patience && shop.shutdown.pause(wait).await {
            saga.tries += 1;
            continue;
        }
        return match store::sagas::postpone(&shop.db, &saga, wait).await {
            Ok(true) => Some(order),
            Ok(false) => None,
            Err(error) => {
                // The lease runs out by itself.
                tracing::warn!(order.id = %order.id, "checkout of {} cannot be put off: {error}", order.id);
                None
            }
        };
    }
}

async fn step(shop: &Shop, saga: &Saga, order: &Order) -> Result<Turn, SagaError> {
    metrics::counter!("souk_orders_saga_steps_total", "step" => saga.step.as_str()).increment(1);
    failpoint::hit_of("orders.saga.begun", saga.step.as_str());
    match saga.step {
        Step::Reserve => reserve::run(shop, saga, order).await,
        Step::Pay => pay::run(shop, saga, order).await,
        Step::Await => await_payment::run(shop, saga, order).await,
        Step::End => end::run(shop, saga, order).await,
        Step::Refund => refund::run(shop, saga, order).await,
        Step::Done => Ok(Turn::Rest(order.clone())),
    }
}
