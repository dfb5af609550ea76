//! Pages of orders, newest first, by keyset over the id, which grows with time.

use souk_contracts::{CustomerId, OrderId};
use souk_subgraph::{Db, StoreError};
use sqlx::{MySql, QueryBuilder};

use super::{
    orders::assemble,
    rows::{OrderRow, select_orders},
};
use crate::domain::{Order, OrderStatus};

/// Which orders a list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OrderFilter {
    pub customer: Option<CustomerId>,
    pub status: Option<OrderStatus>,
}

/// At most `limit` orders older than `after`.
pub async fn newest(
    db: &Db,
    filter: OrderFilter,
    after: Option<OrderId>,
    limit: u32,
) -> Result<Vec<Order>, StoreError> {
    let mut statement = QueryBuilder::<MySql>::new(select_orders!("WHERE TRUE"));
    narrow(&mut statement, filter);
    if let Some(after) = after {
        statement.push(" AND id < ").push_bind(after.uuid());
    }
    statement.push(" ORDER BY id DESC LIMIT ").push_bind(limit);
    let rows: Vec<OrderRow> = statement.build_query_as().fetch_all(db.pool()).await?;
    assemble(db, rows).await
}

/// How many orders the list holds in all.
pub async fn count(db: &Db, filter: OrderFilter) -> Result<u64, StoreError> {
    let mut statement = QueryBuilder::<MySql>::new("SELECT COUNT(*) FROM orders WHERE TRUE");
    narrow(&mut statement, filter);
    let (count,): (i64,) = statement.build_query_as().fetch_one(db.pool()).await?;
    Ok(count.unsigned_abs())
}

fn narrow(statement: &mut QueryBuilder<MySql>, filter: OrderFilter) {
    if let Some(customer) = filter.customer {
        statement.push(" AND customer_id = ").push_bind(customer.uuid());
    }
    if let Some(status) = filter.status {
        statement.push(" AND status = ").push_bind(status.as_str());
    }
}
