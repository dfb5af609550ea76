//! Rows that many fields of one request want, read together.

use std::collections::HashMap;

use souk_contracts::CustomerId;
use souk_subgraph::{
    ApiError,
    db::Db,
    loader::{Batch, Loader},
};

use crate::store::{self, AddressRow, CustomerRow};

pub type Customers = Loader<CustomerBatch>;
pub type Addresses = Loader<AddressBatch>;

pub fn customers(db: &Db) -> Customers {
    Loader::new(CustomerBatch { db: db.clone() })
}

pub fn addresses(db: &Db) -> Addresses {
    Loader::new(AddressBatch { db: db.clone() })
}

pub struct CustomerBatch {
    db: Db,
}

impl Batch for CustomerBatch {
    type Key = CustomerId;
    type Value = CustomerRow;

    async fn load(&self, keys: &[CustomerId]) -> Result<HashMap<CustomerId, CustomerRow>, ApiError> {
        let rows = store::customers_by_id(&self.db, keys).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

pub struct AddressBatch {
    db: Db,
}

impl Batch for AddressBatch {
    type Key = CustomerId;
    type Value = Vec<AddressRow>;

    async fn load(&self, keys: &[CustomerId]) -> Result<HashMap<CustomerId, Vec<AddressRow>>, ApiError> {
        let mut by_customer: HashMap<CustomerId, Vec<AddressRow>> = HashMap::new();
        for row in store::addresses_of(&self.db, keys).await? {
            by_customer.entry(row.customer).or_default().push(row);
        }
        Ok(by_customer)
    }
}
