//! Reading what was emitted from the topics.

use anyhow::Context as _;
use rdkafka::Message as _;
use souk_contracts::events::{TOPICS, dead_letter_topic};

use super::events::Emitted;
use crate::infra::kafka::Reader;

/// What a broker holds.
#[derive(Debug)]
pub struct Topics {
    pub emitted: Emitted,
    /// Records that consumers could not take.
    pub dead_letters: usize,
}

/// # Errors
/// When the broker does not answer, or falls silent before the end.
pub async fn read(brokers: &str) -> anyhow::Result<Topics> {
    let brokers = brokers.to_owned();
    // librdkafka waits on the calling thread.
    tokio::task::spawn_blocking(move || {
        read_all(&brokers).with_context(|| format!("the topics at {brokers} cannot be read"))
    })
    .await?
}

fn read_all(brokers: &str) -> anyhow::Result<Topics> {
    let reader = Reader::open(brokers)?;
    let mut emitted = Emitted::default();
    for topic in TOPICS {
        reader.read(topic, |message| emitted.take(topic, message.payload().unwrap_or_default()))?;
    }
    let mut dead_letters = 0;
    for topic in TOPICS.map(dead_letter_topic) {
        let kept = reader.extents(&topic)?.into_iter().map(|extent| extent.end - extent.first);
        dead_letters += kept.sum::<i64>().unsigned_abs() as usize;
    }
    Ok(Topics { emitted, dead_letters })
}
