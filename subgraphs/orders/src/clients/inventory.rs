//! Inventory: holding stock for an order and giving it back. All by the order's id, all safe to ask again.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use souk_contracts::{LineId, OrderId, Sku};
use souk_subgraph::clients::Operation;

use crate::domain::Order;

pub(super) const DOCUMENTS: [(&str, &str, &str); 4] = [
    (ReservationHold::SERVICE, ReservationHold::NAME, ReservationHold::DOCUMENT),
    (ReservationExtend::SERVICE, ReservationExtend::NAME, ReservationExtend::DOCUMENT),
    (ReservationRelease::SERVICE, ReservationRelease::NAME, ReservationRelease::DOCUMENT),
    (ReservationRestock::SERVICE, ReservationRestock::NAME, ReservationRestock::DOCUMENT),
];

/// Reserves all lines of an order, or none.
#[derive(Debug)]
pub struct ReservationHold;

/// Holds the units longer; false when they are no longer held.
#[derive(Debug)]
pub struct ReservationExtend;

/// Gives held units back; true when no unit is held or committed afterwards.
#[derive(Debug)]
pub struct ReservationRelease;

/// Puts the units of a confirmed order back on the shelf, whether they were committed yet or still held; true when
/// none is held or committed afterwards.
#[derive(Debug)]
pub struct ReservationRestock;

#[derive(Debug, Serialize)]
pub struct ReservationHoldVariables {
    input: ReservationHoldInput,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ReservationHoldInput {
    order_id: OrderId,
    lines: Vec<ReservationLine>,
    ttl_seconds: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ReservationLine {
    line_id: LineId,
    sku: Sku,
    quantity: u32,
}

impl ReservationHoldVariables {
    pub fn of(order: &Order, ttl: Duration) -> Self {
        let lines = order.lines.iter().map(|line| ReservationLine {
            line_id: line.id,
            sku: line.sku.clone(),
            quantity: line.quantity.get(),
        });
        let input =
            ReservationHoldInput { order_id: order.id, lines: lines.collect(), ttl_seconds: ttl.as_secs().max(1) };
        Self { input }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReservationHoldAnswer {
    pub reservation_hold: HoldAnswer,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HoldAnswer {
    pub held: bool,
    pub short_skus: Vec<Sku>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ByOrder {
    pub order_id: OrderId,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExtendVariables {
    pub order_id: OrderId,
    pub ttl_seconds: u64,
}

#[derive(Debug, Deserialize)]
pub struct Done {
    pub done: bool,
}

impl Operation for ReservationHold {
    const SERVICE: &'static str = "inventory";
    const NAME: &'static str = "ReservationHold";
    const DOCUMENT: &'static str = include_str!("reservation_hold.graphql");
    type Variables = ReservationHoldVariables;
    type Data = ReservationHoldAnswer;
}

impl Operation for ReservationExtend {
    const SERVICE: &'static str = "inventory";
    const NAME: &'static str = "ReservationExtend";
    const DOCUMENT: &'static str = include_str!("reservation_extend.graphql");
    type Variables = ExtendVariables;
    type Data = Done;
}

impl Operation for ReservationRelease {
    const SERVICE: &'static str = "inventory";
    const NAME: &'static str = "ReservationRelease";
    const DOCUMENT: &'static str = include_str!("reservation_release.graphql");
    type Variables = ByOrder;
    type Data = Done;
}

impl Operation for ReservationRestock {
    const SERVICE: &'static str = "inventory";
    const NAME: &'static str = "ReservationRestock";
    const DOCUMENT: &'static str = include_str!("reservation_restock.graphql");
    type Variables = ByOrder;
    type Data = Done;
}
