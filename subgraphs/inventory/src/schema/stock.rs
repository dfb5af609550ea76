//! Stock as staff see it.

use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use souk_contracts::events::StockChanged;
use souk_subgraph::graphql::UserError;

use super::variant::count;
use crate::store::{Movement, StockRow};

/// The stock of one sku in one warehouse.
#[derive(Debug, Clone, SimpleObject)]
pub struct StockLevel {
    /// The stock keeping unit.
    sku: String,
    /// The warehouse's name.
    warehouse: String,
    /// Units on the shelf.
    on_hand: i32,
    /// Units on the shelf that are set aside for orders.
    reserved: i32,
    /// Units that can be reserved: none when the product is no longer sold.
    available: i32,
    /// Rises by one with every change of this row.
    version: i32,
}

/// A change of what is on hand.
#[derive(Debug, Clone, SimpleObject)]
pub struct StockMovement {
    /// The stock keeping unit.
    sku: String,
    /// The warehouse's name.
    warehouse: String,
    /// Units that came (positive) or went (negative).
    delta: i32,
    /// ADJUSTED by staff, COMMITTED for an order, or RESTOCKED from a cancelled one.
    kind: String,
    /// Why staff adjusted it.
    reason: Option<String>,
    /// When it happened.
    at: DateTime<Utc>,
}

/// A correction of what is on hand.
#[derive(Debug, InputObject)]
pub struct StockAdjustInput {
    /// The stock keeping unit.
    pub sku: String,
    /// The warehouse's name.
    #[graphql(default_with = "Some(\"main\".to_owned())")]
    pub warehouse: Option<String>,
    /// Units that came (positive) or went (negative), at most 1,000,000 either way.
    pub delta: i32,
    /// Why, for people: 1 to 200 characters.
    pub reason: String,
    /// 16 to 255 visible ASCII characters, fresh for each intent: sent again, it changes nothing more.
    pub idempotency_key: String,
}

/// The outcome of a correction.
#[derive(Debug, SimpleObject)]
pub struct StockAdjustPayload {
    /// The stock as it stands now; null when the correction was refused.
    pub stock_level: Option<StockLevel>,
    /// Why it was refused; empty when it was not.
    pub user_errors: Vec<UserError>,
}

/// A place that holds stock.
#[derive(Debug, Clone, SimpleObject)]
pub struct Warehouse {
    /// Its name, unique.
    pub name: String,
}

/// The outcome of adding a warehouse.
#[derive(Debug, SimpleObject)]
pub struct WarehousePayload {
    /// The warehouse; null when it was refused.
    pub warehouse: Option<Warehouse>,
    /// Why it was refused; empty when it was not.
    pub user_errors: Vec<UserError>,
}

impl From<StockRow> for StockLevel {
    fn from(row: StockRow) -> Self {
        Self {
            available: count(row.available()),
            sku: row.shelf.sku.to_string(),
            warehouse: row.shelf.warehouse,
            on_hand: count(row.on_hand),
            reserved: count(row.reserved),
            version: i32::try_from(row.version).unwrap_or(i32::MAX),
        }
    }
}

impl From<StockChanged> for StockLevel {
    fn from(body: StockChanged) -> Self {
        Self {
            sku: body.sku.to_string(),
            warehouse: body.warehouse,
            on_hand: count(body.on_hand),
            reserved: count(body.reserved),
            available: count(body.available),
            version: i32::try_from(body.version).unwrap_or(i32::MAX),
        }
    }
}

impl From<Movement> for StockMovement {
    fn from(movement: Movement) -> Self {
        let Movement { sku, warehouse, delta, kind, reason, at } = movement;
        Self { sku, warehouse, delta: count(delta), kind, reason, at }
    }
}
