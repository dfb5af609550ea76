//! What other services ask of orders. Every field is @inaccessible: clients never see it; service tokens only.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use souk_contracts::{CustomerId, OrderId, PaymentId};
use souk_subgraph::{
    ApiError,
    auth::CalledBy,
    graphql::{Money, MoneyInput},
    outbox,
};

use super::{enums::OrderStatus, shop};
use crate::{
    commands,
    domain::{
        self, Order,
        payment::{PaymentFact, PaymentState},
    },
    store,
};

/// Events given by one call of `eventsSince`.
const EVENTS_AT_ONCE: u32 = 100;
/// Orders asked about with one call of `orderStandings`.
const STANDINGS_AT_ONCE: usize = 200;

/// What became of a payment, told by payments. Each (paymentId, version) has its effect once.
#[derive(Debug, Clone, InputObject)]
#[graphql(inaccessible)]
pub struct PaymentSettledInput {
    /// The payment.
    pub payment_id: ID,
    /// The order it pays.
    pub order_id: ID,
    /// The payment's version: a smaller one than what is known changes nothing.
    pub version: u64,
    /// Which try of the order this payment is, from 1.
    pub attempt: u32,
    /// The payment's state, by the graph's name, e.g. CAPTURED.
    pub state: String,
    /// What the provider holds for us.
    pub authorized: MoneyInput,
    /// What was taken.
    pub captured: MoneyInput,
    /// What was given back.
    pub refunded: MoneyInput,
    /// Why it failed, when it did.
    pub failure_reason: Option<String>,
}

/// Whom to tell about an order, and what to say. No address or email ever lies in Kafka, so it is asked here.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(inaccessible)]
pub struct OrderContact {
    /// The order.
    pub order_id: ID,
    /// The order's number, as people read it.
    pub number: String,
    /// The customer; null for guests.
    pub customer_id: Option<ID>,
    /// Where to write to; null when a customer gave none with the order: ask accounts then.
    pub email: Option<String>,
    /// Who receives the parcel.
    pub name: String,
    /// What was ordered.
    pub lines: Vec<OrderContactLine>,
    /// What it comes to.
    pub total: Money,
    /// The carrier's number, once shipped.
    pub tracking_number: Option<String>,
}

/// A line of an order, for a message.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(inaccessible)]
pub struct OrderContactLine {
    /// The stock keeping unit.
    pub sku: String,
    /// The title at the time of the order.
    pub title: String,
    /// How many.
    pub quantity: u32,
    /// Price of the whole line.
    pub total: Money,
}

/// Where an order stands.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(inaccessible)]
pub struct OrderStanding {
    /// The order.
    pub order_id: ID,
    /// Its status; null when there is no such order.
    pub status: Option<OrderStatus>,
}

#[derive(Debug, Default)]
pub struct InternalQuery;

#[derive(Debug, Default)]
pub struct InternalMutation;

#[Object]
impl InternalQuery {
    /// Internal (notifications): whom to tell about an order; null when there is none with this id.
    #[graphql(inaccessible, guard = r#"CalledBy(&["notifications"])"#)]
    async fn order_contact(&self, ctx: &Context<'_>, order_id: ID) -> Result<Option<OrderContact>, ApiError> {
        let order: OrderId = order_id.parse()?;
        Ok(commands::read_order(shop(ctx), order).await?.map(OrderContact::from))
    }

    /// Internal (inventory): where these orders stand, 200 at most. An order that is being changed just now is absent
    /// (ask again), and so is one whose row is damaged.
    #[graphql(inaccessible, guard = r#"CalledBy(&["inventory"])"#)]
    async fn order_standings(&self, ctx: &Context<'_>, order_ids: Vec<ID>) -> Result<Vec<OrderStanding>, ApiError> {
        if order_ids.len() > STANDINGS_AT_ONCE {
            return Err(ApiError::bad_input(format!("orderIds must be {STANDINGS_AT_ONCE} at most")));
        }
        let orders = order_ids.iter().map(|id| id.parse()).collect::<Result<Vec<OrderId>, _>>()?;
        let standings = store::standings::at_rest(&shop(ctx).db, &orders).await?;
        Ok(standings.into_iter().map(OrderStanding::from).collect())
    }

    /// Internal: the kept events of one order newer than `version`, oldest first, each a CloudEvent in JSON.
    #[graphql(inaccessible, shareable, guard = r#"CalledBy(&["inventory", "notifications", "payments"])"#)]
    async fn events_since(&self, ctx: &Context<'_>, id: ID, version: u64) -> Result<Vec<String>, ApiError> {
        let order: OrderId = id.parse()?;
        let events = outbox::events_since(&shop(ctx).db, &order.to_string(), version, EVENTS_AT_ONCE).await?;
        events.iter().map(|event| serde_json::to_string(event).map_err(|error| ApiError::internal(&error))).collect()
    }
}

#[Object]
impl InternalMutation {
    /// Internal (payments): a payment moved; false when no such order is known. Asked again, it changes nothing.
    #[graphql(inaccessible, guard = r#"CalledBy(&["payments"])"#)]
    async fn payment_settled(&self, ctx: &Context<'_>, input: PaymentSettledInput) -> Result<bool, ApiError> {
        Ok(commands::record_payment(shop(ctx), input.parse()?).await?)
    }
}

impl PaymentSettledInput {
    fn parse(self) -> Result<PaymentFact, ApiError> {
        let state: PaymentState = self.state.parse().map_err(|error: String| ApiError::bad_input(error))?;
        Ok(PaymentFact {
            payment: self.payment_id.parse::<PaymentId>()?,
            order: self.order_id.parse::<OrderId>()?,
            attempt: Some(self.attempt),
            version: self.version,
            state,
            authorized: self.authorized.parse()?,
            captured: self.captured.parse()?,
            refunded: self.refunded.parse()?,
            failure_reason: self.failure_reason,
        })
    }
}

impl From<(OrderId, Option<domain::OrderStatus>)> for OrderStanding {
    fn from((order, status): (OrderId, Option<domain::OrderStatus>)) -> Self {
        Self { order_id: order.to_string().into(), status: status.map(OrderStatus::from) }
    }
}

impl From<Order> for OrderContact {
    fn from(order: Order) -> Self {
        let lines = order.lines.iter().map(|line| OrderContactLine {
            sku: line.sku.to_string(),
            title: line.title.clone(),
            quantity: line.quantity.get(),
            total: line.total.into(),
        });
        Self {
            order_id: order.id.to_string().into(),
            number: order.number.clone(),
            customer_id: order.customer.map(|id: CustomerId| id.to_string().into()),
            email: order.email.clone(),
            name: order.shipping_address.name.clone(),
            lines: lines.collect(),
            total: order.totals.total.into(),
            tracking_number: order.tracking_number.clone(),
        }
    }
}
