//! orders.events: each order's changes become messages, once.

use std::sync::Arc;

use souk_contracts::{
    NotificationId,
    events::{Envelope, ORDERS_EVENTS, OrderChanged},
};
use souk_process::clock;
use souk_subgraph::{
    Tx,
    clients::ServiceClient,
    kafka::{EventHandler, HandleError},
    random,
};
use tokio::sync::Notify;

use crate::{clients::EventsSince, domain::message_for, store};

pub struct OrderEvents {
    client: ServiceClient,
    written: Arc<Notify>,
}

impl OrderEvents {
    pub fn new(client: ServiceClient, written: Arc<Notify>) -> Self {
        Self { client, written }
    }
}

impl EventHandler for OrderEvents {
    const CONSUMER: &'static str = "notifications.orders";
    const TOPICS: &'static [&'static str] = &[ORDERS_EVENTS];

    async fn handle(&self, tx: &mut Tx, event: &Envelope) -> Result<(), HandleError> {
        let change: OrderChanged = event.body()?;
        if let Some(message) = message_for(&change) {
            let id = NotificationId::new(clock::now(), random::bytes());
            store::insert(tx, (id, change.order_id, change.customer_id), &message, change.at).await?;
        }
        Ok(())
    }

    async fn missing(&self, subject: &str, have: u64) -> Result<Vec<Envelope>, HandleError> {
        EventsSince::ask(&self.client, subject, have).await
    }

    fn committed(&self) {
        self.written.notify_one();
    }
}
