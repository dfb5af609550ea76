//! Where orders stand, for a caller that acts on it: never on what a transaction under way is about to change.

use std::collections::{HashMap, HashSet};

use souk_contracts::OrderId;
use souk_subgraph::{Db, StoreError};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{push_list, rows::parsed};
use crate::domain::OrderStatus;

/// The status of each of these orders, None for those that do not exist. An order whose row is locked or
/// unreadable is absent.
pub async fn at_rest(db: &Db, orders: &[OrderId]) -> Result<Vec<(OrderId, Option<OrderStatus>)>, StoreError> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let known = known(db, orders).await?;
    let unlocked = unlocked(db, orders).await?;
    let standing = |order: &OrderId| match unlocked.get(order) {
        Some(status) => Some((*order, Some(*status))),
        None if known.contains(order) => None,
        None => Some((*order, None)),
    };
    Ok(orders.iter().filter_map(standing).collect())
}

async fn known(db: &Db, orders: &[OrderId]) -> Result<HashSet<OrderId>, StoreError> {
    let mut statement = QueryBuilder::new("SELECT id FROM orders WHERE id IN (");
    push_list(&mut statement, orders);
    let rows: Vec<(Uuid,)> = statement.push(")").build_query_as().fetch_all(db.pool()).await?;
    Ok(rows.into_iter().map(|(id,)| OrderId(id)).collect())
}

/// The locks are given back as soon as the statement ends.
async fn unlocked(db: &Db, orders: &[OrderId]) -> Result<HashMap<OrderId, OrderStatus>, StoreError> {
    let mut statement = QueryBuilder::new("SELECT id, status FROM orders WHERE id IN (");
    push_list(&mut statement, orders);
    statement.push(") FOR UPDATE SKIP LOCKED");
    let rows: Vec<(Uuid, String)> = statement.build_query_as().fetch_all(db.pool()).await?;
    let mut readable = HashMap::with_capacity(rows.len());
    for (id, status) in rows {
        match parsed("orders", "status", id, &status) {
            Ok(status) => {
                readable.insert(OrderId(id), status);
            }
            // Nobody may act on it either, and it holds no other one up.
            Err(error) => tracing::error!(order.id = %OrderId(id), "where {} stands is not told: {error}", OrderId(id)),
        }
    }
    Ok(readable)
}
