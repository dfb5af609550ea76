//! What other services ask of payments. Every field is @inaccessible: clients never see it; service tokens only.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use souk_contracts::{CustomerId, OrderId, PaymentId};
use souk_subgraph::{
    ApiError,
    auth::CalledBy,
    graphql::{Money, MoneyInput},
    outbox,
};

use super::{
    parts,
    payment::{PaymentAction, PaymentMethod, PaymentState},
};
use crate::{
    commands::{self, Cancel},
    domain::{Intent, Payment},
    store::payments,
};

/// A payment to be made for an order.
#[derive(Debug, Clone, InputObject)]
#[graphql(inaccessible)]
pub struct PaymentStartInput {
    /// The order that is paid.
    pub order_id: ID,
    /// Which try of the order this is, from 1. The pair (orderId, attempt) is the idempotency key.
    pub attempt: u32,
    /// The customer; null for guests.
    pub customer_id: Option<ID>,
    /// How it is paid.
    pub method: PaymentMethod,
    /// The provider's token; required for CARD, ignored for CASH_ON_DELIVERY.
    pub token: Option<String>,
    /// The order's total.
    pub amount: MoneyInput,
}

/// An order whose money is to be given back or not taken at all.
#[derive(Debug, Clone, InputObject)]
#[graphql(inaccessible)]
pub struct PaymentCancelInput {
    /// The order.
    pub order_id: ID,
    /// The attempt to cancel; null cancels all there are. An attempt that never arrived can no longer start.
    pub attempt: Option<u32>,
    /// Why, for the record.
    pub reason: String,
}

/// A payment as other services see it, at one version.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(inaccessible)]
pub struct PaymentSnapshot {
    /// The payment.
    pub payment_id: ID,
    /// The order it pays.
    pub order_id: ID,
    /// The order's attempt.
    pub attempt: u32,
    /// Rises by one with each change of state, captured or refunded; 0 before the provider's first answer.
    pub version: u64,
    /// How it is paid.
    pub method: PaymentMethod,
    /// Where it stands.
    pub state: PaymentState,
    /// What is to be paid.
    pub amount: Money,
    /// What the provider holds for us.
    pub authorized: Money,
    /// What was taken.
    pub captured: Money,
    /// What was given back.
    pub refunded: Money,
    /// What the customer has to do, while REQUIRES_ACTION.
    pub next_action: Option<PaymentAction>,
    /// Why it failed: a short code such as `declined`.
    pub failure_reason: Option<String>,
    /// True once everything that paymentCancel asked for is done: nothing is held or kept for this payment.
    pub cancelled: bool,
}

/// Events given by one call of `eventsSince`.
const EVENTS_AT_ONCE: u32 = 100;

#[derive(Debug, Default)]
pub struct InternalQuery;

#[derive(Debug, Default)]
pub struct InternalMutation;

#[Object]
impl InternalQuery {
    /// Internal (orders): the payments of an order, oldest attempt first.
    #[graphql(inaccessible, guard = r#"CalledBy(&["orders"])"#)]
    async fn payments_for_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order.")] order_id: ID,
    ) -> Result<Vec<PaymentSnapshot>, ApiError> {
        let order: OrderId = order_id.parse()?;
        let found = payments::of_orders(&parts(ctx).db, &[order]).await?;
        Ok(found.get(&order).into_iter().flatten().map(PaymentSnapshot::from).collect())
    }

    /// Internal: the kept events of one payment newer than `version`, oldest first, each a CloudEvent in JSON.
    #[graphql(inaccessible, shareable, guard = r#"CalledBy(&["orders"])"#)]
    async fn events_since(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The payment.")] id: ID,
        #[graphql(desc = "The newest version that is known.")] version: u64,
    ) -> Result<Vec<String>, ApiError> {
        let payment: PaymentId = id.parse()?;
        let events = outbox::events_since(&parts(ctx).db, &payment.to_string(), version, EVENTS_AT_ONCE).await?;
        events.iter().map(|event| serde_json::to_string(event).map_err(|error| ApiError::internal(&error))).collect()
    }
}

#[Object]
impl InternalMutation {
    /// Internal (orders): starts a payment, or gives the one that this attempt started before. Answers within 2 s
    /// with the state as known; later changes are told by orders' `paymentSettled` and by payments.events. A token
    /// that can be none gives a FAILED payment. CONFLICT: the attempt was cancelled, was started with other values,
    /// or the order has another live payment.
    #[graphql(inaccessible, guard = r#"CalledBy(&["orders"])"#)]
    async fn payment_start(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The payment to make.")] input: PaymentStartInput,
    ) -> Result<PaymentSnapshot, ApiError> {
        let payment = commands::start(parts(ctx), input.parse()?).await?;
        Ok(PaymentSnapshot::from(&payment))
    }

    /// Internal (orders): takes the money of the order's AUTHORIZED cash payment, as when cash was handed over.
    /// Asked again, it changes nothing. NOT_FOUND: no live payment; CONFLICT: nothing is authorised.
    #[graphql(inaccessible, guard = r#"CalledBy(&["orders"])"#)]
    async fn payment_capture(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order.")] order_id: ID,
    ) -> Result<PaymentSnapshot, ApiError> {
        let payment = commands::capture(parts(ctx), order_id.parse()?).await?;
        Ok(PaymentSnapshot::from(&payment))
    }

    /// Internal (orders): voids what is authorised, refunds what is captured, withdraws what waits for the customer,
    /// and does so later with whatever arrives late. Asked again, it changes nothing. `cancelled` tells when a
    /// payment is done with.
    #[graphql(inaccessible, guard = r#"CalledBy(&["orders"])"#)]
    async fn payment_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is no longer wanted.")] input: PaymentCancelInput,
    ) -> Result<Vec<PaymentSnapshot>, ApiError> {
        let payments = commands::cancel(parts(ctx), input.parse()?).await?;
        Ok(payments.iter().map(PaymentSnapshot::from).collect())
    }
}

impl PaymentStartInput {
    fn parse(self) -> Result<Intent, ApiError> {
        let amount = self.amount.parse()?;
        if amount.minor == 0 {
            return Err(ApiError::bad_input("amount must be above zero"));
        }
        Ok(Intent {
            order_id: self.order_id.parse()?,
            attempt: attempt(self.attempt)?,
            customer_id: self.customer_id.map(|id| id.parse::<CustomerId>()).transpose()?,
            method: self.method.into(),
            token: self.token,
            amount,
        })
    }
}

impl PaymentCancelInput {
    fn parse(self) -> Result<Cancel, ApiError> {
        Ok(Cancel {
            order_id: self.order_id.parse()?,
            attempt: self.attempt.map(attempt).transpose()?,
            reason: self.reason.chars().take(255).collect(),
        })
    }
}

fn attempt(number: u32) -> Result<u32, ApiError> {
    if (1..=1_000).contains(&number) { Ok(number) } else { Err(ApiError::bad_input("attempt must be 1 to 1000")) }
}

impl From<&Payment> for PaymentSnapshot {
    fn from(payment: &Payment) -> Self {
        Self {
            payment_id: payment.id.to_string().into(),
            order_id: payment.order_id.to_string().into(),
            attempt: payment.attempt,
            version: payment.version,
            method: payment.method.into(),
            state: PaymentState::from(&payment.state),
            amount: payment.amount.into(),
            authorized: payment.money(payment.authorized_minor).into(),
            captured: payment.money(payment.captured_minor).into(),
            refunded: payment.money(payment.refunded_minor).into(),
            next_action: payment.next_action().map(PaymentAction::from),
            failure_reason: payment.failure_reason().map(str::to_owned),
            cancelled: payment.is_cancelled(),
        }
    }
}
