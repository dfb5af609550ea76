//! The lines of orders.

use std::collections::HashMap;

use souk_subgraph::{StoreError, Tx};
use sqlx::{MySql, QueryBuilder};
use uuid::Uuid;

use super::rows::LineRow;

/// The lines of these orders, each order's in the order in which they were bought.
pub(super) async fn of_orders(tx: &mut Tx, orders: &[Uuid]) -> Result<HashMap<Uuid, Vec<LineRow>>, StoreError> {
    let mut lines: HashMap<Uuid, Vec<LineRow>> = HashMap::new();
    if orders.is_empty() {
        return Ok(lines);
    }
    let mut statement = QueryBuilder::<MySql>::new(
        "SELECT order_id, id, sku, title, quantity, unit_price_minor, total_minor FROM order_lines WHERE order_id IN (",
    );
    let mut list = statement.separated(", ");
    for order in orders {
        list.push_bind(*order);
    }
    statement.push(") ORDER BY order_id, position");
    let rows: Vec<LineRow> = statement.build_query_as().fetch_all(tx).await?;
    for row in rows {
        lines.entry(row.order_id).or_default().push(row);
    }
    Ok(lines)
}
