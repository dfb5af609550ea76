//! The bodies. Each is a whole statement about its aggregate at one version, so a consumer that missed some
//! can go on from the newest. Fields are only ever added.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{EventBody, INVENTORY_EVENTS, ORDERS_EVENTS, PAYMENTS_EVENTS, PRODUCTS_EVENTS};
use crate::{CustomerId, LineId, Money, OrderId, PaymentId, ProductId, Sku, VariantId};

/// A product, one of its variants or prices changed. Statuses are the graph's names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductChanged {
    pub product_id: ProductId,
    pub version: u64,
    /// `created`, `updated`, `archived`, `variant-added` or `price-changed`.
    pub change: String,
    /// `DRAFT`, `ACTIVE` or `ARCHIVED`.
    pub status: String,
    pub variants: Vec<VariantBody>,
    pub at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VariantBody {
    pub variant_id: VariantId,
    pub sku: Sku,
}

/// The stock of one sku in one warehouse changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StockChanged {
    pub sku: Sku,
    pub warehouse: String,
    pub version: u64,
    pub on_hand: i64,
    pub reserved: i64,
    pub available: i64,
    /// `adjusted`, `reserved`, `released`, `committed`, `restocked`, `opened` or `closed`.
    pub change: String,
    pub at: DateTime<Utc>,
}

/// An order moved: its status, its payment status, or both. Statuses are the graph's names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderChanged {
    pub order_id: OrderId,
    pub number: String,
    pub version: u64,
    pub customer_id: Option<CustomerId>,
    /// None in the first version.
    pub previous_status: Option<String>,
    pub status: String,
    pub payment_status: String,
    pub reason: Option<String>,
    pub lines: Vec<OrderLineBody>,
    pub total: Money,
    pub at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderLineBody {
    pub line_id: LineId,
    pub sku: Sku,
    pub quantity: u32,
}

/// A payment moved. States and methods are the graph's names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentChanged {
    pub payment_id: PaymentId,
    pub order_id: OrderId,
    pub version: u64,
    pub method: String,
    pub state: String,
    pub amount: Money,
    pub authorized_minor: i64,
    pub captured_minor: i64,
    pub refunded_minor: i64,
    pub failure_reason: Option<String>,
    pub at: DateTime<Utc>,
}

impl EventBody for ProductChanged {
    const TOPIC: &'static str = PRODUCTS_EVENTS;
    const SERVICE: &'static str = "products";
    const AGGREGATE: &'static str = "product";

    fn subject(&self) -> String {
        self.product_id.to_string()
    }
    fn version(&self) -> u64 {
        self.version
    }
    fn happened(&self) -> String {
        self.change.clone()
    }
    fn at(&self) -> DateTime<Utc> {
        self.at
    }
}

impl EventBody for StockChanged {
    const TOPIC: &'static str = INVENTORY_EVENTS;
    const SERVICE: &'static str = "inventory";
    const AGGREGATE: &'static str = "stock";

    fn subject(&self) -> String {
        format!("{}@{}", self.sku, self.warehouse)
    }
    fn version(&self) -> u64 {
        self.version
    }
    fn happened(&self) -> String {
        self.change.clone()
    }
    fn at(&self) -> DateTime<Utc> {
        self.at
    }
}

impl EventBody for OrderChanged {
    const TOPIC: &'static str = ORDERS_EVENTS;
    const SERVICE: &'static str = "orders";
    const AGGREGATE: &'static str = "order";

    fn subject(&self) -> String {
        self.order_id.to_string()
    }
    fn version(&self) -> u64 {
        self.version
    }
    fn happened(&self) -> String {
        match &self.previous_status {
            Some(previous) if *previous == self.status => "payment-changed".to_owned(),
            _ if self.status == "PENDING" => "placed".to_owned(),
            _ => self.status.to_ascii_lowercase().replace('_', "-"),
        }
    }
    fn at(&self) -> DateTime<Utc> {
        self.at
    }
}

impl EventBody for PaymentChanged {
    const TOPIC: &'static str = PAYMENTS_EVENTS;
    const SERVICE: &'static str = "payments";
    const AGGREGATE: &'static str = "payment";

    fn subject(&self) -> String {
        self.payment_id.to_string()
    }
    fn version(&self) -> u64 {
        self.version
    }
    fn happened(&self) -> String {
        self.state.to_ascii_lowercase().replace('_', "-")
    }
    fn at(&self) -> DateTime<Utc> {
        self.at
    }
}
