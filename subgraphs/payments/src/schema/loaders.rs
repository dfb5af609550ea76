//! Rows that many fields of one request want, read together.

use std::collections::HashMap;

use souk_contracts::{OrderId, PaymentId};
use souk_subgraph::{
    ApiError, Db,
    loader::{Batch, Loader},
};

use crate::{domain, store::payments};

pub type Payments = Loader<PaymentBatch>;
pub type PaymentsOfOrders = Loader<PaymentsOfOrderBatch>;

pub fn payments(db: &Db) -> Payments {
    Loader::new(PaymentBatch { db: db.clone() })
}

pub fn payments_of_orders(db: &Db) -> PaymentsOfOrders {
    Loader::new(PaymentsOfOrderBatch { db: db.clone() })
}

pub struct PaymentBatch {
    db: Db,
}

impl Batch for PaymentBatch {
    type Key = PaymentId;
    type Value = domain::Payment;

    async fn load(&self, keys: &[PaymentId]) -> Result<HashMap<PaymentId, domain::Payment>, ApiError> {
        Ok(payments::find_all(&self.db, keys).await?)
    }
}

pub struct PaymentsOfOrderBatch {
    db: Db,
}

impl Batch for PaymentsOfOrderBatch {
    type Key = OrderId;
    type Value = Vec<domain::Payment>;

    async fn load(&self, keys: &[OrderId]) -> Result<HashMap<OrderId, Vec<domain::Payment>>, ApiError> {
        Ok(payments::of_orders(&self.db, keys).await?)
    }
}
