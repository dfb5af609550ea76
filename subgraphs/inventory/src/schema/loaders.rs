//! Batched reads: whatever many resolvers of one request want becomes one statement.

use std::collections::HashMap;

use souk_contracts::Sku;
use souk_subgraph::{
    ApiError, Db,
    loader::{Batch, Loader},
};

use crate::store;

/// What one order line of a sku can get.
#[derive(Debug, Clone)]
pub struct AvailableOfSku(Db);

impl Batch for AvailableOfSku {
    type Key = Sku;
    type Value = i64;

    async fn load(&self, skus: &[Sku]) -> Result<HashMap<Sku, i64>, ApiError> {
        Ok(store::stock::availability(&self.0, skus).await?)
    }
}

/// The loaders of one request.
#[derive(Debug, Clone)]
pub struct Loaders {
    pub available: Loader<AvailableOfSku>,
}

impl Loaders {
    pub fn new(db: &Db) -> Self {
        Self { available: Loader::new(AvailableOfSku(db.clone())) }
    }
}
