//! Orders: where they stand.

use serde::{Deserialize, Serialize};
use souk_contracts::OrderId;
use souk_subgraph::clients::{ClientError, Operation, ServiceClient};

pub(super) const ORDER_STANDINGS: &str = include_str!("order_standings.graphql");

struct OrderStandings;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Variables {
    order_ids: Vec<OrderId>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    order_standings: Vec<OrderStanding>,
}

/// Where an order stands; by the graph's name, None when there is no such order.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderStanding {
    pub order_id: OrderId,
    pub status: Option<String>,
}

impl Operation for OrderStandings {
    const SERVICE: &'static str = "orders";
    const NAME: &'static str = "OrderStandings";
    const DOCUMENT: &'static str = ORDER_STANDINGS;
    type Variables = Variables;
    type Data = Data;
}

/// Where these orders stand. One that is being changed just now is absent, and so is one whose row
/// is damaged.
///
/// # Errors
/// [`ClientError`].
pub async fn order_standings(
    client: &ServiceClient,
    order_ids: Vec<OrderId>,
) -> Result<Vec<OrderStanding>, ClientError> {
    Ok(client.call::<OrderStandings>(&Variables { order_ids }).await?.order_standings)
}
