//! The events that inventory missed, asked from their owner.

use serde::{Deserialize, Serialize};
use souk_contracts::events::Envelope;
use souk_subgraph::{
    clients::{ClientError, Operation, ServiceClient},
    kafka::HandleError,
};

/// The document for both owners.
pub(super) const EVENTS_SINCE: &str = include_str!("events_since.graphql");

#[derive(Debug, Serialize)]
pub struct Since<'a> {
    id: &'a str,
    version: i32,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Events {
    events_since: Vec<String>,
}

/// A service whose events inventory takes.
pub trait EventOwner: Send + Sync + 'static {
    const SERVICE: &'static str;
}

#[derive(Debug)]
pub struct Products;

impl EventOwner for Products {
    const SERVICE: &'static str = "products";
}

#[derive(Debug)]
pub struct Orders;

impl EventOwner for Orders {
    const SERVICE: &'static str = "orders";
}

struct EventsSince<'a, O>(std::marker::PhantomData<(&'a (), O)>);

impl<'a, O: EventOwner> Operation for EventsSince<'a, O> {
    const SERVICE: &'static str = O::SERVICE;
    const NAME: &'static str = "EventsSince";
    const DOCUMENT: &'static str = EVENTS_SINCE;
    type Variables = Since<'a>;
    type Data = Events;
}

/// The owner's events about `subject` that are newer than `have`.
///
/// # Errors
/// [`HandleError`]: the owner is away, or gave something that is no event.
pub async fn missing_events<O: EventOwner>(
    client: &ServiceClient,
    subject: &str,
    have: u64,
) -> Result<Vec<Envelope>, HandleError> {
    let version = i32::try_from(have).unwrap_or(i32::MAX);
    let answer: Result<Events, ClientError> = client.call::<EventsSince<'_, O>>(&Since { id: subject, version }).await;
    let events = answer?.events_since;
    events.iter().map(|event| Envelope::parse(event.as_bytes()).map_err(HandleError::from)).collect()
}
