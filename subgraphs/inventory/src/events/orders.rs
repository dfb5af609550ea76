//! `orders.events`: a confirmed order takes its units, an ended one gives them back. Orders also calls directly;
//! whichever comes first has the effect, the other finds it done.

use souk_contracts::events::{Envelope, ORDERS_EVENTS, OrderChanged};
use souk_subgraph::{
    Tx,
    clients::ServiceClient,
    kafka::{EventHandler, HandleError},
};

use crate::{
    clients::{Orders, missing_events},
    commands::{StockRoom, settle_in},
    domain::action_of_status,
};

#[derive(Debug)]
pub struct OrderEvents {
    room: StockRoom,
    client: ServiceClient,
}

impl OrderEvents {
    pub fn new(room: StockRoom, client: ServiceClient) -> Self {
        Self { room, client }
    }
}

impl EventHandler for OrderEvents {
    const CONSUMER: &'static str = "inventory.orders";
    const TOPICS: &'static [&'static str] = &[ORDERS_EVENTS];

    async fn handle(&self, tx: &mut Tx, event: &Envelope) -> Result<(), HandleError> {
        let order: OrderChanged = event.body()?;
        if let Some(action) = action_of_status(&order.status) {
            settle_in(tx, &self.room.outbox, order.order_id, action).await?;
        }
        Ok(())
    }

    async fn missing(&self, subject: &str, have: u64) -> Result<Vec<Envelope>, HandleError> {
        missing_events::<Orders>(&self.client, subject, have).await
    }

    fn committed(&self) {
        self.room.outbox.committed();
    }
}
