//! `products.events`: new skus get stock rows; archived products close theirs.

use souk_contracts::events::{Envelope, PRODUCTS_EVENTS, ProductChanged};
use souk_subgraph::{
    Tx,
    clients::ServiceClient,
    kafka::{EventHandler, HandleError},
};

use crate::{
    clients::{Products, missing_events},
    commands::{StockRoom, track_product},
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
        let product: ProductChanged = event.body()?;
        track_product(tx, &self.room.outbox, &product).await?;
        Ok(())
    }

    async fn missing(&self, subject: &str, have: u64) -> Result<Vec<Envelope>, HandleError> {
        missing_events::<Products>(&self.client, subject, have).await
    }

    fn committed(&self) {
        self.room.outbox.committed();
    }
}
