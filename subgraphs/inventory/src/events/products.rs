//! `products.events`: new skus get stock rows; archived products close theirs.

use std::collections::BTreeSet;

use souk_contracts::{
    Sku,
    events::{Envelope, PRODUCTS_EVENTS, ProductChanged},
};
use souk_subgraph::{
    Tx,
    clients::ServiceClient,
    kafka::{EventHandler, HandleError},
};

use crate::{
    clients::{Products, missing_events},
    commands::{StockRoom, track_product},
    store,
};

#[derive(Debug)]
pub struct ProductEvents {
    room: StockRoom,
    client: ServiceClient,
}

impl ProductEvents {
    pub fn new(room: StockRoom, client: ServiceClient) -> Self {
        Self { room, client }
    }
}

impl EventHandler for ProductEvents {
    const CONSUMER: &'static str = "inventory.products";
    const TOPICS: &'static [&'static str] = &[PRODUCTS_EVENTS];

    async fn handle(&self, tx: &mut Tx, event: &Envelope) -> Result<(), HandleError> {
        self.handle_all(tx, &[event]).await
    }

    /// Locks the rows of all their skus first, in the order of rows, as holds do.
    async fn handle_all(&self, tx: &mut Tx, events: &[&Envelope]) -> Result<(), HandleError> {
        let products = events.iter().map(|event| event.body()).collect::<Result<Vec<ProductChanged>, _>>()?;
        let skus: BTreeSet<Sku> =
            products.iter().flat_map(|product| &product.variants).map(|variant| variant.sku.clone()).collect();
        if products.len() > 1 && !skus.is_empty() {
            store::stock::lock_of_skus(tx, &Vec::from_iter(skus)).await?;
        }
        for product in &products {
            track_product(tx, &self.room.outbox, product).await?;
        }
        Ok(())
    }

    async fn missing(&self, subject: &str, have: u64) -> Result<Vec<Envelope>, HandleError> {
        missing_events::<Products>(&self.client, subject, have).await
    }

    fn committed(&self) {
        self.room.outbox.committed();
    }
}
