//! The events of one aggregate, as its topic has them.

use std::fmt;

use serde_json::{Value, json};
use souk_contracts::events::Envelope;

use super::record::{self, Place};

/// An event, and where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    pub place: Place,
    pub event: Envelope,
}

/// What a topic keeps of `subject`, in the order in which it was published; one that was published twice stands there
/// twice.
///
/// # Errors
/// When the broker does not answer, or has no such topic.
pub async fn history(brokers: &str, topic: &str, subject: &str) -> anyhow::Result<Vec<Happened>> {
    let key = subject.as_bytes().to_vec();
    let of_subject = move |message: &rdkafka::message::BorrowedMessage<'_>| {
        rdkafka::Message::key(message).is_some_and(|found| found == key)
    };
    let records = record::read(brokers, topic, of_subject).await?;
    let happened = |record: record::Record| Some(Happened { place: record.place, event: record.event()? });
    Ok(records.into_iter().filter_map(happened).collect())
}

impl Happened {
    pub fn to_json(&self) -> Value {
        json!({ "partition": self.place.partition, "offset": self.place.offset, "event": self.event })
    }
}

impl fmt::Display for Happened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Envelope { id, kind, time, version, data, .. } = &self.event;
        let at = time.format("%Y-%m-%dT%H:%M:%S%.3fZ");
        write!(f, "{}  v{version}  {at}  {kind}  {id}\n    {data}", self.place)
    }
}
