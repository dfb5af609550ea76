//! Taking a payment's fact into its order: what is known is kept once, in order, and the verdict is carried out.

use std::time::Duration;

use souk_process::clock;
use souk_subgraph::{StoreError, Tx, outbox::Outbox};

use super::{CommandError, persist};
use crate::{
    config::Rules,
    domain::{
        Ending, Order, OrderAction, OrderStatus, Progress, Refusal,
        payment::{PaymentFact, Verdict},
        saga::{Saga, Step},
    },
    store::{self, sagas::Next},
};

/// Under what right a verdict is carried out.
#[derive(Debug, Clone, Copy)]
pub(super) enum Right<'a> {
    /// As the saga's runner, who finds out here when it is not that any more.
    Fence(&'a Saga),
    /// As the one who holds the lock of the order's row; the runner is fenced off.
    Lock,
}

/// How an order came out of a verdict.
#[derive(Debug)]
pub(super) struct Settled {
    pub order: Order,
    /// The saga's new step and fence, when it moved.
    pub saga: Option<(Step, u64)>,
}

/// Keeps a fact when it is newer than what is known; gives the newest. The caller holds the order's row.
pub(super) async fn keep(tx: &mut Tx, fact: &PaymentFact) -> Result<Kept, StoreError> {
    match store::payments::find(tx, fact.payment).await? {
        None => {
            store::payments::insert(tx, fact).await?;
            Ok(Kept { newest: fact.clone(), is_news: true })
        }
        Some(known) if known.version < fact.version => {
            store::payments::update(tx, fact).await?;
            Ok(Kept { newest: fact.clone(), is_news: true })
        }
        Some(known) => Ok(Kept { newest: known, is_news: false }),
    }
}

/// The newest that is known of a payment, and whether it was just told for the first time.
#[derive(Debug)]
pub(super) struct Kept {
    pub newest: PaymentFact,
    pub is_news: bool,
}

/// Carries out a verdict on an order whose row is locked. None when the fence was lost: roll back.
pub(super) async fn carry_out(
    tx: &mut Tx,
    (outbox, rules): (&Outbox, &Rules),
    order: &Order,
    verdict: &Verdict,
    right: Right<'_>,
) -> Result<Option<Settled>, CommandError> {
    // A runner goes on by itself; what was decided under the lock waits for any worker.
    let lease = match right {
        Right::Fence(_) => rules.lease,
        Right::Lock => Duration::ZERO,
    };
    let Some((progress, next)) = plan(tx, (rules, lease), order, verdict).await? else {
        return Ok(Some(Settled { order: order.clone(), saga: None }));
    };
    if !persist::save(tx, outbox, &progress).await? {
        return Ok(None);
    }
    let saga = match next {
        None => None,
        Some(next) => match enter(tx, order, next, right).await? {
            Some(fence) => Some((next.step, fence)),
            None => return Ok(None),
        },
    };
    Ok(Some(Settled { order: progress.order, saga }))
}

async fn enter(tx: &mut Tx, order: &Order, next: Next, right: Right<'_>) -> Result<Option<u64>, StoreError> {
    match right {
        Right::Fence(saga) => store::sagas::advance(tx, saga, next).await,
        Right::Lock => store::sagas::seize(tx, order.id, next).await.map(Some),
    }
}

/// What a verdict does to the order, and what the saga does next. None when nothing changes.
async fn plan(
    tx: &mut Tx,
    (rules, lease): (&Rules, Duration),
    order: &Order,
    verdict: &Verdict,
) -> Result<Option<(Progress, Option<Next>)>, CommandError> {
    let progress = Progress::of(order.clone(), clock::now());
    let planned = match verdict {
        Verdict::Nothing => return Ok(None),
        Verdict::Await => {
            let waiting =
                progress.step(OrderAction::AwaitPayment, None, Some("the customer has to approve the payment"))?;
            (waiting, Some(Next::after(Step::Await, rules.payment_window)))
        }
        Verdict::Confirm(_) if !store::sagas::is_reserved(tx, order.id).await? => {
            let action =
                if order.status == OrderStatus::AwaitingPayment { OrderAction::Expire } else { OrderAction::Cancel };
            let reason = "the payment came when the reserved units could no longer be counted on".to_owned();
            (heading(progress, Ending { action, reason })?, Some(Next::at_once(Step::End, lease)))
        }
        Verdict::Confirm(money) => {
            let waited = if order.status == OrderStatus::Reserved {
                progress.step(OrderAction::AwaitPayment, None, None)?
            } else {
                progress
            };
            (waited.step(OrderAction::Confirm, Some(*money), None)?, Some(Next::DONE))
        }
        Verdict::Fail { reason } => {
            let ending = Ending { action: OrderAction::FailPayment, reason: reason.clone() };
            let mut declined = heading(progress, ending)?;
            declined.order.refusal = Some(Refusal::PaymentDeclined(reason.clone()));
            (declined, Some(Next::at_once(Step::End, lease)))
        }
        Verdict::Follow(status) => (progress.money_to(*status, Some("told by payments")), None),
        Verdict::GiveBack(status) => {
            let told = progress.money_to(*status, Some("money arrived after the order had ended"));
            (told, Some(Next::at_once(Step::Refund, Duration::ZERO)))
        }
    };
    Ok(Some(planned))
}

fn heading(mut progress: Progress, ending: Ending) -> Result<Progress, CommandError> {
    progress.order = progress.order.head_for(ending)?;
    Ok(progress)
}
