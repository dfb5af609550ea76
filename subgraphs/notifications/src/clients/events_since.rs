//! Events that Kafka did not give, asked from orders.

use serde::{Deserialize, Serialize};
use souk_contracts::events::Envelope;
use souk_subgraph::{
    clients::{Operation, ServiceClient},
    kafka::HandleError,
};

pub struct EventsSince;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Data {
    events_since: Vec<String>,
}

impl Operation for EventsSince {
    const SERVICE: &'static str = "orders";
    const NAME: &'static str = "EventsSince";
    const DOCUMENT: &'static str = include_str!("events_since.graphql");
    type Variables = Variables;
    type Data = Data;
}

#[derive(Serialize)]
pub struct Variables {
    id: String,
    version: u64,
}

impl EventsSince {
    /// # Errors
    /// Orders cannot be reached, or answers with what is not an event.
    pub async fn ask(client: &ServiceClient, subject: &str, have: u64) -> Result<Vec<Envelope>, HandleError> {
        let variables = Variables { id: subject.to_owned(), version: have };
        let data = client.call::<Self>(&variables).await?;
        data.events_since.iter().map(|event| Envelope::parse(event.as_bytes()).map_err(HandleError::from)).collect()
    }
}
