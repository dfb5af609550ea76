//! Loaders that live for one request: many orders, one statement a table.

use std::collections::HashMap;

use souk_contracts::OrderId;
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
}

pub struct Orders(Db);

pub struct Histories(Db);

impl Loaders {
    pub fn new(db: &Db) -> Self {
        Self { orders: Loader::new(Orders(db.clone())), histories: Loader::new(Histories(db.clone())) }
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
