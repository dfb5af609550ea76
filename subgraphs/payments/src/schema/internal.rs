//! What other services ask of payments. Every field is @inaccessible: clients never see it; service tokens only.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use souk_contracts::{CustomerId, OrderId, PaymentId};
use souk_subgraph::{
    ApiError,
    auth::CalledBy,
    graphql::{Money, MoneyInput},
};

use super::payment::{PaymentAction, PaymentMethod, PaymentState};
use crate::{
    commands::{Commands, Start},
    domain::Payment,
    store,
};

/// A payment to be made for an order.
#[derive(Debug, Clone, InputObject)]
#[graphql(inaccessible)]
pub struct PaymentStartInput {
    /// The order that is paid.
    pub order_id: ID,
    /// Which try of the order this is, from 1. The pair (orderId, attempt) is the idempotency key.
    pub attempt: i32,
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
    pub attempt: Option<i32>,
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
    pub attempt: i32,
    /// Rises by one with each change of state, captured or refunded; 0 before the provider's first answer.
    pub version: i64,
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

#[derive(Debug, Default)]
pub struct InternalQuery;

#[derive(Debug, Default)]
pub struct InternalMutation;

#[Object]
impl InternalQuery {
    /// Internal (orders): the payments of an order, oldest attempt first.
    #[graphql(inaccessible, guard = r#"CalledBy(&["orders"])"#)]
    async fn payments_for_order(&self, ctx: &Context<'_>, order_id: ID) -> Result<Vec<PaymentSnapshot>, ApiError> {
        let payments = commands(ctx).of_order(order_id.parse::<OrderId>()?).await?;
        Ok(payments.iter().map(PaymentSnapshot::from).collect())
    }

    /// Internal (orders): the kept events of a payment newer than `version`, oldest first, each a CloudEvent in JSON.
    #[graphql(inaccessible, guard = r#"CalledBy(&["orders"])"#)]
    async fn payment_events_since(&self, ctx: &Context<'_>, id: ID, version: i64) -> Result<Vec<String>, ApiError> {
        let payment: PaymentId = id.parse()?;
        Ok(commands(ctx).events_since(payment, version.unsigned_abs()).await?)
    }
}

#[Object]
impl InternalMutation {
    /// Internal (orders): starts a payment, or gives the one that this attempt started before. Answers within 2 s
    /// with the state as known; later changes are told by orders' `paymentSettled` and by payments.events.
    #[graphql(inaccessible, guard = r#"CalledBy(&["orders"])"#)]
    async fn payment_start(&self, ctx: &Context<'_>, input: PaymentStartInput) -> Result<PaymentSnapshot, ApiError> {
        let payment = commands(ctx).start(input.parse()?).await?;
        Ok(PaymentSnapshot::from(&payment))
    }

    /// Internal (orders): takes the money of an AUTHORIZED payment, as when cash was handed over. Asked again, it
    /// changes nothing.
    #[graphql(inaccessible, guard = r#"CalledBy(&["orders"])"#)]
    async fn payment_capture(&self, ctx: &Context<'_>, order_id: ID) -> Result<PaymentSnapshot, ApiError> {
        let payment = commands(ctx).capture(order_id.parse()?).await?;
        Ok(PaymentSnapshot::from(&payment))
    }

    /// Internal (orders): voids what is authorised, refunds what is captured, withdraws what waits for the customer,
    /// and does so later with whatever arrives late. Asked again, it changes nothing. `cancelled` tells when a
    /// payment is done with.
    #[graphql(inaccessible, guard = r#"CalledBy(&["orders"])"#)]
    async fn payment_cancel(
        &self,
        ctx: &Context<'_>,
        input: PaymentCancelInput,
    ) -> Result<Vec<PaymentSnapshot>, ApiError> {
        let payments = commands(ctx).cancel(input.parse()?).await?;
        Ok(payments.iter().map(PaymentSnapshot::from).collect())
    }
}
