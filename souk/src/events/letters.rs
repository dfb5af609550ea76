//! Dead letters: records that a consumer could not take after its tries.

use std::fmt;

use serde_json::{Value, json};
use souk_contracts::events::{DEAD_CONSUMER, DEAD_REASON, dead_letter_topic};

use super::record::{self, Record};

/// A dead letter, and where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The topic that it came from.
    pub topic: String,
    pub record: Record,
}

/// The dead letters of one topic, oldest first within a partition.
///
/// # Errors
/// When the broker does not answer.
pub async fn letters(brokers: &str, topic: &str) -> anyhow::Result<Vec<Letter>> {
    let records = record::read(brokers, &dead_letter_topic(topic), |_| true).await?;
    Ok(records.into_iter().map(|record| Letter { topic: topic.to_owned(), record }).collect())
}

impl Letter {
    pub fn to_json(&self) -> Value {
        let event = self.record.event();
        json!({
            "topic": self.topic,
            "partition": self.record.place.partition,
            "offset": self.record.place.offset,
            "at": self.record.at,
            "key": self.record.key_text(),
            "event": event.as_ref().map(|event| json!({
                "id": event.id, "type": event.kind, "subject": event.subject, "version": event.version,
            })),
            "consumer": self.record.headers.get(DEAD_CONSUMER),
            "reason": self.record.headers.get(DEAD_REASON),
        })
    }
}

impl fmt::Display for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.record.at.map_or_else(|| "-".to_owned(), |at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        write!(f, "{}  {}  {at}  ", dead_letter_topic(&self.topic), self.record.place)?;
        match self.record.event() {
            Some(event) => write!(f, "{} v{}  {}  {}", event.subject, event.version, event.kind, event.id)?,
            None => write!(f, "{}  not an event of ours", self.record.key_text())?,
        }
        let header = |name| self.record.headers.get(name).map_or("unknown", String::as_str);
        write!(f, "\n    {}: {}", header(DEAD_CONSUMER), header(DEAD_REASON))
    }
}
