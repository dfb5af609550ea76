//! Pages of orders, newest first, by keyset over the id, which grows with time.

use std::collections::HashMap;

use souk_contracts::{CustomerId, OrderId};
use souk_subgraph::{Db, StoreError};
use sqlx::{MySql, QueryBuilder};
use uuid::Uuid;

use super::{
    orders::assemble,
    rows::{OrderRow, select_orders},
};
use crate::domain::{Order, OrderStatus};

/// At most `limit` orders older than `after`.
pub async fn newest(
    db: &Db,
    status: Option<OrderStatus>,
    after: Option<OrderId>,
    limit: u32,
) -> Result<Vec<Order>, StoreError> {
    let mut statement = QueryBuilder::<MySql>::new(select_orders!("WHERE TRUE"));
    narrow(&mut statement, status);
    if let Some(after) = after {
        statement.push(" AND id < ").push_bind(after.uuid());
    }
    statement.push(" ORDER BY id DESC LIMIT ").push_bind(limit);
    let rows: Vec<OrderRow> = statement.build_query_as().fetch_all(db.pool()).await?;
    assemble(db, rows).await
}

/// At most `limit` orders of each of these customers, older than `after`, with two statements.
pub async fn newest_of_customers(
    db: &Db,
    customers: &[CustomerId],
    after: Option<OrderId>,
    limit: u32,
) -> Result<HashMap<CustomerId, Vec<Order>>, StoreError> {
    let mut statement = QueryBuilder::<MySql>::new("");
    // Each part walks its customer's index and stops after `limit` rows.
    for (index, customer) in customers.iter().enumerate() {
        statement.push(if index == 0 { "(" } else { " UNION ALL (" });
        statement.push(select_orders!("WHERE customer_id = ")).push_bind(customer.uuid());
        if let Some(after) = after {
            statement.push(" AND id < ").push_bind(after.uuid());
        }
        statement.push(" ORDER BY id DESC LIMIT ").push_bind(limit).push(")");
    }
    let rows: Vec<OrderRow> = statement.build_query_as().fetch_all(db.pool()).await?;
    let mut pages: HashMap<CustomerId, Vec<Order>> = HashMap::new();
    for order in assemble(db, rows).await? {
        if let Some(customer) = order.customer {
            pages.entry(customer).or_default().push(order);
        }
    }
    for page in pages.values_mut() {
        // The parts of a union come in no order that is promised.
        page.sort_by_key(|order| std::cmp::Reverse(order.id));
    }
    Ok(pages)
}

/// How many orders each of these customers has; those without are absent.
pub async fn counts_of_customers(db: &Db, customers: &[CustomerId]) -> Result<HashMap<CustomerId, u64>, StoreError> {
    let mut statement = QueryBuilder::<MySql>::new("SELECT customer_id, COUNT(*) FROM orders WHERE customer_id IN (");
    let mut list = statement.separated(", ");
    for customer in customers {
        list.push_bind(customer.uuid());
    }
    statement.push(") GROUP BY customer_id");
    let rows: Vec<(Uuid, i64)> = statement.build_query_as().fetch_all(db.pool()).await?;
    Ok(rows.into_iter().map(|(customer, count)| (CustomerId(customer), count.unsigned_abs())).collect())
}

/// How many orders the list holds in all.
pub async fn count(db: &Db, status: Option<OrderStatus>) -> Result<u64, StoreError> {
    let mut statement = QueryBuilder::<MySql>::new("SELECT COUNT(*) FROM orders WHERE TRUE");
    narrow(&mut statement, status);
    let (count,): (i64,) = statement.build_query_as().fetch_one(db.pool()).await?;
    Ok(count.unsigned_abs())
}

fn narrow(statement: &mut QueryBuilder<MySql>, status: Option<OrderStatus>) {
    if let Some(status) = status {
        statement.push(" AND status = ").push_bind(status.as_str());
    }
}
