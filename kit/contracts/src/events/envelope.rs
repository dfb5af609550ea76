//! The CloudEvents envelope (CloudEvents 1.0, structured content mode).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::EventId;

/// One event. `version` is our extension attribute: the aggregate's version after the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    pub specversion: String,
    pub id: EventId,
    /// `/souk/<service>`.
    pub source: String,
    /// `souk.<aggregate>.<past-tense>.v<n>`, e.g. `souk.order.confirmed.v1`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The aggregate's public id; also the record's key.
    pub subject: String,
    pub time: DateTime<Utc>,
    pub datacontenttype: String,
    pub version: u64,
    /// W3C trace context of the change, when there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    pub data: serde_json::Value,
}

/// A body that goes into one topic.
pub trait EventBody: Serialize + DeserializeOwned {
    const TOPIC: &'static str;
    /// The service that writes the topic.
    const SERVICE: &'static str;
    /// The aggregate's name in event types, e.g. `order`.
    const AGGREGATE: &'static str;

    /// The aggregate's public id.
    fn subject(&self) -> String;
    fn version(&self) -> u64;
    /// Past tense, kebab case, e.g. `confirmed`.
    fn happened(&self) -> String;
    fn at(&self) -> DateTime<Utc>;
}

#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    #[error("the record is not a CloudEvent of ours: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("the event's type {0:?} is of a version that this build does not know")]
    UnknownVersion(String),
    #[error("the event of {subject} has {bytes} bytes, more than a broker takes")]
    TooLarge { subject: String, bytes: usize },
}

impl Envelope {
    /// # Errors
    /// [`EnvelopeError::Malformed`] when the body cannot be written as JSON.
    pub fn new<B: EventBody>(id: EventId, body: &B) -> Result<Self, EnvelopeError> {
        Ok(Self {
            specversion: "1.0".to_owned(),
            id,
            source: format!("/souk/{}", B::SERVICE),
            kind: format!("souk.{}.{}.v1", B::AGGREGATE, body.happened()),
            subject: body.subject(),
            time: body.at(),
            datacontenttype: "application/json".to_owned(),
            version: body.version(),
            traceparent: None,
            data: serde_json::to_value(body)?,
        })
    }

    /// # Errors
    /// [`EnvelopeError::Malformed`].
    pub fn parse(record: &[u8]) -> Result<Self, EnvelopeError> {
        Ok(serde_json::from_slice(record)?)
    }

    /// The body, when the type's version is one that this build knows.
    ///
    /// # Errors
    /// [`EnvelopeError`].
    pub fn body<B: EventBody>(&self) -> Result<B, EnvelopeError> {
        if self.kind.rsplit('.').next() != Some("v1") {
            return Err(EnvelopeError::UnknownVersion(self.kind.clone()));
        }
        Ok(B::deserialize(&self.data)?)
    }
}
