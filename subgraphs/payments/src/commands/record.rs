//! Records what became of a payment: its row, its open operations, its event and what is to be done next, in one
//! transaction under the payment's row lock. Recording the same news twice changes nothing.

use souk_contracts::{PaymentId, RefundId, events::PaymentChanged};
use souk_process::{clock, failpoint};
use souk_subgraph::{Tx, db::in_transaction, random};

use super::{CommandError, Parts, drive::Work};
use crate::{
    domain::{Charge, Kind, Next, Payment, Refusal, Standing, State, Step},
    store::{
        changed, findings,
        operations::{self, End, Operation, RefundPart, When},
        payments,
        refunds::{self, NewRefund, RefundState},
    },
};

/// Who learns of a change beside the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tell {
    /// The caller waits for it.
    Caller,
    /// Orders is told by a call.
    Orders,
}

/// A payment after its news, and what is to be asked next.
#[derive(Debug)]
pub struct Recorded {
    pub payment: Payment,
    pub next: Option<Work>,
}

/// Why an operation is over without a charge.
#[derive(Debug, Clone, Copy)]
pub enum NoCharge<'a> {
    /// The provider said no for good.
    Refused(&'a str),
    /// Nothing is known.
    Unanswered(&'a str),
}

/// Records the provider's charge. `asked` is the operation that brought it.
pub async fn observed(
    parts: &Parts,
    charge: &Charge,
    asked: Option<&Operation>,
    tell: Tell,
) -> Result<Recorded, CommandError> {
    let recorded = in_transaction(&parts.db, |tx| Box::pin(observe_in(tx, parts, charge, asked, tell))).await?;
    failpoint::hit("payments.record.committed");
    committed(parts, tell);
    Ok(recorded)
}

/// Records the provider's charge as if nothing had been heard of it: for a payment that says something else about the
/// very version that it has seen.
pub async fn observed_anew(parts: &Parts, payment: PaymentId, charge: &Charge) -> Result<Recorded, CommandError> {
    let tell = Tell::Orders;
    let recorded = in_transaction(&parts.db, |tx| {
        Box::pin(async move {
            changed::unhear(tx, payment, charge.version).await?;
            observe_in(tx, parts, charge, None, tell).await
        })
    })
    .await?;
    committed(parts, tell);
    Ok(recorded)
}

/// Records that an operation brought no charge.
pub async fn without_charge(
    parts: &Parts,
    asked: &Operation,
    outcome: NoCharge<'_>,
    tell: Tell,
) -> Result<Recorded, CommandError> {
    let recorded = in_transaction(&parts.db, |tx| Box::pin(without_charge_in(tx, parts, asked, outcome, tell))).await?;
    committed(parts, tell);
    Ok(recorded)
}

/// After a commit: the event may leave, and orders may be told.
pub fn committed(parts: &Parts, tell: Tell) {
    parts.outbox.committed();
    if tell == Tell::Orders {
        parts.untold.notify_one();
    }
}

pub async fn observe_in(
    tx: &mut Tx,
    parts: &Parts,
    charge: &Charge,
    asked: Option<&Operation>,
    tell: Tell,
) -> Result<Recorded, CommandError> {
    let id: PaymentId = charge.reference.parse().map_err(|_| CommandError::NotFound)?;
    let before = payments::lock(tx, id).await?.ok_or(CommandError::NotFound)?;
    let mut after = match before.clone().observe(charge) {
        Ok(after) => after,
        Err(refusal) => note_finding(tx, &before, charge, &refusal).await?,
    };
    let mut open = Vec::new();
    for operation in operations::open_of(tx, id).await? {
        let reference = operation.refund.map(|refund| refund.id.to_string());
        match operation.kind.standing(reference.as_deref(), charge) {
            Standing::Done => {
                operations::finish(tx, operation.id, End::Done, after.state.name()).await?;
                if let Some(refund) = operation.refund {
                    refunds::set_state(tx, refund.id, RefundState::Done).await?;
                    after = after.settle_refund(refund.amount_minor);
                }
            }
            Standing::Overtaken => {
                operations::finish(tx, operation.id, End::Overtaken, after.state.name()).await?;
            }
            Standing::Open => {
                if asked.is_some_and(|asked| asked.id == operation.id) {
                    let pause_ms = parts.pause_ms_of(&operation);
                    operations::postpone(tx, operation.id, pause_ms, after.state.name()).await?;
                }
                open.push(operation);
            }
        }
    }
    let late = matches!(before.state, State::Failed { .. }) && after.state == State::Captured;
    if late && after.cancel_reason.is_none() && payments::has_other_live(tx, &after).await? {
        after.cancel_reason = Some("the order has another payment".to_owned());
    }
    plan_and_save(tx, parts, &before, (after, &open), tell).await
}

/// The provider tells what cannot be. Asking again would bring the same, so the payment stays as it is, the news counts
/// as seen, and people learn of it.
async fn note_finding(
    tx: &mut Tx,
    payment: &Payment,
    charge: &Charge,
    refusal: &Refusal,
) -> Result<Payment, CommandError> {
    let finding = format!("version {} of the charge {}: {refusal}", charge.version, charge.id);
    if findings::insert(tx, payment, charge.version, &finding).await? {
        metrics::counter!("souk_provider_findings_total").increment(1);
        tracing::error!(payment.id = %payment.id, "the provider's news of payment {} cannot be: {finding}", payment.id);
    }
    Ok(payment.clone().pass_over(charge))
}

async fn without_charge_in(
    tx: &mut Tx,
    parts: &Parts,
    asked: &Operation,
    outcome: NoCharge<'_>,
    tell: Tell,
) -> Result<Recorded, CommandError> {
    let before = payments::lock(tx, asked.payment_id).await?.ok_or(CommandError::NotFound)?;
    let open = operations::open_of(tx, asked.payment_id).await?;
    if !open.iter().any(|operation| operation.id == asked.id) {
        // A webhook or another worker brought the answer meanwhile.
        return Ok(Recorded { payment: before, next: None });
    }
    let after = match (outcome, asked.kind, asked.refund) {
        (NoCharge::Refused(code), Kind::Charge, _) => {
            operations::finish(tx, asked.id, End::Refused, code).await?;
            before.clone().take(Step::Fail { reason: code.to_owned() })?
        }
        // What a cancelled order is owed is asked for until it is given.
        (NoCharge::Refused(code), Kind::Refund, Some(refund)) if before.cancel_reason.is_none() => {
            operations::finish(tx, asked.id, End::Refused, code).await?;
            refunds::set_state(tx, refund.id, RefundState::Failed).await?;
            before.clone().drop_refund(refund.amount_minor)
        }
        (NoCharge::Refused(text) | NoCharge::Unanswered(text), kind, _) => {
            operations::postpone(tx, asked.id, parts.limits.pause_ms(asked.tries), text).await?;
            let lost = kind == Kind::Charge && before.state == State::Processing;
            if lost { before.clone().take(Step::LoseSight)? } else { before.clone() }
        }
    };
    save(tx, parts, &before, after, tell).await.map(|payment| Recorded { payment, next: None })
}

/// Starts what the payment needs next, when nothing is open, and writes all that changed.
pub async fn plan_and_save(
    tx: &mut Tx,
    parts: &Parts,
    before: &Payment,
    (after, open): (Payment, &[Operation]),
    tell: Tell,
) -> Result<Recorded, CommandError> {
    let (after, operation) = if open.iter().any(|operation| operation.kind.blocks()) {
        (after, None)
    } else if after.method.is_cash() {
        (settle_cash(tx, after).await?, None)
    } else {
        plan(tx, parts, after, open).await?
    };
    let payment = save(tx, parts, before, after, tell).await?;
    let next = operation.map(|operation| Work { operation, payment: payment.clone() });
    Ok(Recorded { payment, next })
}

async fn plan(
    tx: &mut Tx,
    parts: &Parts,
    payment: Payment,
    open: &[Operation],
) -> Result<(Payment, Option<Operation>), CommandError> {
    let id = payment.id;
    let now = When::Now { lease_ms: parts.limits.lease_ms() };
    match payment.next() {
        None => Ok((payment, None)),
        Some(Next::Ask) => {
            if !open.iter().any(|operation| operation.kind == Kind::Ask) {
                let later = When::Later { pause_ms: parts.limits.ask_every.as_millis() as u64 };
                operations::insert(tx, id, Kind::Ask, None, later).await?;
            }
            Ok((payment, None))
        }
        Some(Next::Refund { amount_minor }) => {
            let payment = payment.reserve_refund(amount_minor)?;
            let part = give_back(tx, &payment, amount_minor).await?;
            let operation = operations::insert(tx, id, Kind::Refund, Some(part), now).await?;
            Ok((payment, Some(operation)))
        }
        Some(next @ (Next::Capture | Next::Void)) => {
            let operation = operations::insert(tx, id, next.kind(), None, now).await?;
            Ok((payment, Some(operation)))
        }
    }
}

/// Cash knows no provider: what is to be done is done.
async fn settle_cash(tx: &mut Tx, payment: Payment) -> Result<Payment, CommandError> {
    match payment.next() {
        Some(Next::Void) => Ok(payment.take(Step::Void)?),
        Some(Next::Refund { amount_minor }) => {
            let payment = payment.reserve_refund(amount_minor)?;
            let part = give_back(tx, &payment, amount_minor).await?;
            refunds::set_state(tx, part.id, RefundState::Done).await?;
            Ok(payment.settle_refund(amount_minor))
        }
        Some(Next::Capture | Next::Ask) | None => Ok(payment),
    }
}

async fn give_back(tx: &mut Tx, payment: &Payment, amount_minor: i64) -> Result<RefundPart, CommandError> {
    let id = RefundId::new(clock::now(), random::bytes());
    let reason = payment.cancel_reason.as_deref().unwrap_or_default();
    let refund = NewRefund { id, payment_id: payment.id, amount_minor, reason, requested_by: "orders" };
    refunds::insert(tx, &refund).await?;
    Ok(RefundPart { id, amount_minor })
}

/// Writes a payment that changed; a change that others see is a version and an event.
pub async fn save(
    tx: &mut Tx,
    parts: &Parts,
    before: &Payment,
    mut after: Payment,
    tell: Tell,
) -> Result<Payment, CommandError> {
    if after == *before {
        return Ok(after);
    }
    let seen = after.differs(before);
    if seen {
        after.version += 1;
        after.changed_at = clock::now();
    }
    // A cancelled payment stands in nobody's way: its money goes back whatever happens.
    let live = after.state.is_live() && after.cancel_reason.is_none();
    payments::update(tx, &after, live, seen && tell == Tell::Orders).await?;
    if seen {
        parts.outbox.append(tx, &event(&after)).await?;
        failpoint::hit_of("payments.record.uncommitted", after.state.name());
    }
    Ok(after)
}

/// A payment as its event tells it.
pub fn event(payment: &Payment) -> PaymentChanged {
    PaymentChanged {
        payment_id: payment.id,
        order_id: payment.order_id,
        version: payment.version,
        method: payment.method.as_str().to_owned(),
        state: payment.state.name().to_owned(),
        amount: payment.amount,
        authorized_minor: payment.authorized_minor,
        captured_minor: payment.captured_minor,
        refunded_minor: payment.refunded_minor,
        failure_reason: payment.failure_reason().map(str::to_owned),
        at: payment.changed_at,
    }
}

impl Parts {
    /// A look is repeated at its own pace, a question at one that slows down.
    fn pause_ms_of(&self, operation: &Operation) -> u64 {
        match operation.kind {
            Kind::Ask => self.limits.ask_every.as_millis() as u64,
            Kind::Charge | Kind::Capture | Kind::Void | Kind::Refund => self.limits.pause_ms(operation.tries),
        }
    }
}
