//! One record as it lies in a topic.

use std::{collections::BTreeMap, fmt, str::FromStr};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use rdkafka::{
    Message as _,
    message::{BorrowedMessage, Headers as _},
};
use souk_contracts::events::Envelope;

use crate::infra::kafka::Reader;

/// Where a record lies within its topic; written `partition:offset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub partition: i32,
    pub offset: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub place: Place,
    /// When it was put there; None when the broker does not tell.
    pub at: Option<DateTime<Utc>>,
    pub key: Vec<u8>,
    pub payload: Vec<u8>,
    pub headers: BTreeMap<String, String>,
}

impl Record {
    pub fn of(message: &BorrowedMessage<'_>) -> Self {
        let place = Place { partition: message.partition(), offset: message.offset() };
        let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
        let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
        Self {
            place,
            at: message.timestamp().to_millis().and_then(DateTime::from_timestamp_millis),
            key: message.key().unwrap_or_default().to_vec(),
            payload: message.payload().unwrap_or_default().to_vec(),
            headers: headers.map(|header| (header.key.to_owned(), text(header.value))).collect(),
        }
    }

    /// The event, when it is one of ours.
    pub fn event(&self) -> Option<Envelope> {
        Envelope::parse(&self.payload).ok()
    }

    pub fn key_text(&self) -> String {
        String::from_utf8_lossy(&self.key).into_owned()
    }
}

/// Every record of a topic that `wanted` takes, partition by partition, each in its order.
///
/// # Errors
/// When the broker does not answer, or has no such topic.
pub async fn read(
    brokers: &str,
    topic: &str,
    wanted: impl Fn(&BorrowedMessage<'_>) -> bool + Send + 'static,
) -> anyhow::Result<Vec<Record>> {
    let (brokers, topic) = (brokers.to_owned(), topic.to_owned());
    // librdkafka waits on the calling thread.
    let read = move || {
        let mut records = Vec::new();
        let take = |message: &BorrowedMessage<'_>| {
            if wanted(message) {
                records.push(Record::of(message));
            }
        };
        Reader::open(&brokers)
            .and_then(|reader| reader.read(&topic, take))
            .with_context(|| format!("{topic} at {brokers} cannot be read"))?;
        records.sort_by_key(|record| record.place);
        Ok(records)
    };
    tokio::task::spawn_blocking(read).await?
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.partition, self.offset)
    }
}

impl FromStr for Place {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers = text.split_once(':').map(|(partition, offset)| (partition.parse(), offset.parse()));
        match numbers {
            Some((Ok(partition), Ok(offset))) if partition >= 0 && offset >= 0 => Ok(Self { partition, offset }),
            Some(_) | None => Err("a place is PARTITION:OFFSET, e.g. 2:17, as `souk events dead` shows it"),
        }
    }
}

#[cfg(test)]
mod place_tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let place = Place { partition: 2, offset: 17 };
        assert_eq!(place.to_string().parse(), Ok(place));
        for bad in ["", "2", "2:", ":17", "2:17:1", "-1:4", "1:-4", "two:3"] {
            assert!(bad.parse::<Place>().is_err(), "{bad}");
        }
    }
}
