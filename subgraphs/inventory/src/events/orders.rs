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
    commands::{StockRoom, settle_all_in},
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
        self.handle_all(tx, &[event]).await
    }

    /// Locks and writes each row of stock once, in the order of rows, for many orders want the same ones.
    async fn handle_all(&self, tx: &mut Tx, events: &[&Envelope]) -> Result<(), HandleError> {
        let mut actions = Vec::with_capacity(events.len());
        for event in events {
            let order: OrderChanged = event.body()?;
            actions.extend(action_of_status(&order.status).map(|action| (order.order_id, action)));
        }
        if !actions.is_empty() {
            settle_all_in(tx, &self.room.outbox, &actions).await?;
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
