//! The order in the graph.

use async_graphql::{Context, ID, Interface, Object, SimpleObject};
use chrono::{DateTime, Utc};
use souk_subgraph::{
    ApiError,
    auth::principal,
    graphql::{Address, Money},
};

use super::{
    customer::{Customer, ProductVariant},
    enums::{OrderStatus, PaymentStatus},
    loaders,
};
use crate::domain::{Change, Line, Order, access};

/// Whatever has an id of its own.
#[derive(Debug, Clone, Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Opaque and prefixed, e.g. ord_06bq..."))]
pub enum Node {
    Order(OrderObject),
}

/// An order, as its caller may see it.
#[derive(Debug, Clone)]
pub struct OrderObject(pub Order);

/// An order: what was bought, for how much, and where it stands.
#[Object(name = "Order")]
impl OrderObject {
    /// The order's id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The order's number, as people read it to each other.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// Where the order stands.
    async fn status(&self) -> OrderStatus {
        self.0.status.into()
    }

    /// What became of its money.
    async fn payment_status(&self) -> PaymentStatus {
        self.0.payment_status.into()
    }

    /// Rises by one with every change of status or paymentStatus.
    async fn version(&self) -> u64 {
        self.0.version
    }

    /// Where you may lead the order now: by orderCancel, orderShip or orderDeliver.
    async fn available_transitions(&self, ctx: &Context<'_>) -> Vec<OrderStatus> {
        access::available_transitions(principal(ctx), &self.0).into_iter().map(OrderStatus::from).collect()
    }

    /// Who ordered; null for guests.
    async fn customer(&self) -> Option<Customer> {
        self.0.customer.map(|id| Customer { id: id.to_string().into() })
    }

    /// What was ordered, with prices and titles as they were.
    async fn lines(&self) -> Vec<OrderLine> {
        self.0.lines.iter().map(OrderLine::from).collect()
    }

    /// The lines together.
    async fn subtotal(&self) -> Money {
        self.0.totals.subtotal.into()
    }

    /// What a coupon takes off.
    async fn discount(&self) -> Money {
        self.0.totals.discount.into()
    }

    /// What shipping costs.
    async fn shipping(&self) -> Money {
        self.0.totals.shipping.into()
    }

    /// Tax on goods and shipping.
    async fn tax(&self) -> Money {
        self.0.totals.tax.into()
    }

    /// subtotal - discount + shipping + tax.
    async fn total(&self) -> Money {
        self.0.totals.total.into()
    }

    /// Where the parcel goes.
    async fn shipping_address(&self) -> Address {
        Address::new(None, self.0.shipping_address.clone())
    }

    /// The carrier's number, once shipped.
    async fn tracking_number(&self) -> Option<&str> {
        self.0.tracking_number.as_deref()
    }

    /// When it was placed.
    async fn placed_at(&self) -> DateTime<Utc> {
        self.0.placed_at
    }

    /// Every change of status or paymentStatus, oldest first.
    async fn history(&self, ctx: &Context<'_>) -> Result<Vec<OrderHistoryEntry>, ApiError> {
        let changes = loaders(ctx).histories.one(self.0.id).await?;
        Ok(changes.unwrap_or_default().into_iter().map(OrderHistoryEntry::from).collect())
    }
}

/// One sku of an order.
#[derive(Debug, Clone, SimpleObject)]
pub struct OrderLine {
    /// The stock keeping unit.
    pub sku: String,
    /// Its title when it was ordered.
    pub title: String,
    /// How many units.
    pub quantity: u32,
    /// The price of one when it was ordered.
    pub unit_price: Money,
    /// unitPrice times quantity.
    pub total: Money,
    /// The variant as it is today; null when the catalogue cannot be reached or has it no more.
    pub variant: Option<ProductVariant>,
}

/// One change of an order.
#[derive(Debug, Clone, SimpleObject)]
pub struct OrderHistoryEntry {
    /// The status before; null for the first entry.
    #[graphql(name = "from")]
    pub from_status: Option<OrderStatus>,
    /// The status after; the same as before when only paymentStatus changed.
    #[graphql(name = "to")]
    pub to_status: OrderStatus,
    /// The payment status after.
    pub payment_status: PaymentStatus,
    /// The order's version after.
    pub version: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// Why, in words for people, where there is something to say.
    pub reason: Option<String>,
}

impl From<&Line> for OrderLine {
    fn from(line: &Line) -> Self {
        Self {
            sku: line.sku.to_string(),
            title: line.title.clone(),
            quantity: line.quantity.get(),
            unit_price: line.unit_price.into(),
            total: line.total.into(),
            variant: Some(ProductVariant { sku: line.sku.to_string() }),
        }
    }
}

impl From<Change> for OrderHistoryEntry {
    fn from(change: Change) -> Self {
        Self {
            from_status: change.from.map(OrderStatus::from),
            to_status: change.to.into(),
            payment_status: change.payment_status.into(),
            version: change.version,
            at: change.at,
            reason: change.reason,
        }
    }
}
