//! Loaders that live for one request: many orders, one statement a table.

use std::collections::HashMap;

use souk_contracts::{CustomerId, OrderId};
use souk_subgraph::{
    ApiError, Db,
    loader::{Batch, Loader},
};

use crate::{
    domain::{Change, Order},
    store,
};

#[derive(Debug)]
pub struct Loaders {
    pub orders: Loader<Orders>,
    pub histories: Loader<Histories>,
    pub customer_pages: Loader<CustomerPages>,
    pub customer_counts: Loader<CustomerCounts>,
}

pub struct Orders(Db);

pub struct Histories(Db);

pub struct CustomerPages(Db);

pub struct CustomerCounts(Db);

/// How much of a customer's list to read and from where: equal for all customers of one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PageOfCustomer {
    pub after: Option<OrderId>,
    pub limit: u32,
}

impl Loaders {
    pub fn new(db: &Db) -> Self {
        Self {
            orders: Loader::new(Orders(db.clone())),
            histories: Loader::new(Histories(db.clone())),
            customer_pages: Loader::new(CustomerPages(db.clone())),
            customer_counts: Loader::new(CustomerCounts(db.clone())),
        }
    }
}

impl Batch for Orders {
    type Key = OrderId;
    type Value = Order;

    async fn load(&self, keys: &[OrderId]) -> Result<HashMap<OrderId, Order>, ApiError> {
        Ok(store::orders::by_ids(&self.0, keys).await?)
    }
}

impl Batch for Histories {
    type Key = OrderId;
    type Value = Vec<Change>;

    async fn load(&self, keys: &[OrderId]) -> Result<HashMap<OrderId, Vec<Change>>, ApiError> {
        Ok(store::history::of_orders(&self.0, keys).await?)
    }
}

impl Batch for CustomerPages {
    type Key = (CustomerId, PageOfCustomer);
    type Value = Vec<Order>;

    async fn load(&self, keys: &[Self::Key]) -> Result<HashMap<Self::Key, Vec<Order>>, ApiError> {
        let mut customers: HashMap<PageOfCustomer, Vec<CustomerId>> = HashMap::new();
        for (customer, page) in keys {
            customers.entry(*page).or_default().push(*customer);
        }
        let mut loaded = HashMap::new();
        for (page, customers) in customers {
            let pages = store::pages::newest_of_customers(&self.0, &customers, page.after, page.limit).await?;
            loaded.extend(pages.into_iter().map(|(customer, orders)| ((customer, page), orders)));
        }
        Ok(loaded)
    }
}

impl Batch for CustomerCounts {
    type Key = CustomerId;
    type Value = u64;

    async fn load(&self, keys: &[CustomerId]) -> Result<HashMap<CustomerId, u64>, ApiError> {
        Ok(store::pages::counts_of_customers(&self.0, keys).await?)
    }
}
