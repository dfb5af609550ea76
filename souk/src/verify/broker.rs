//! Reading what lies in the topics: every record from the first that is kept to the last that was there when the
//! reading began. No group, no offset committed: it leaves no trace.

use std::{collections::HashMap, time::Duration};

use anyhow::{Context as _, ensure};
use rdkafka::{
    ClientConfig, Message as _, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _},
    error::KafkaError,
};
use souk_contracts::events::{TOPICS, dead_letter_topic};

use super::events::Emitted;

const PATIENCE: Duration = Duration::from_secs(10);
/// Between two records, before the reading is given up.
const SILENCE: Duration = Duration::from_secs(30);

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
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        // librdkafka wants a name, and assignment never uses it.
        .set("group.id", "souk.verify")
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .set("fetch.wait.max.ms", "50")
        .set("log_level", "0")
        .create()?;
    let mut emitted = Emitted::default();
    for topic in TOPICS {
        read_topic(&consumer, topic, &mut emitted)?;
    }
    let mut dead_letters = 0;
    for topic in TOPICS.map(dead_letter_topic) {
        let kept = extent(&consumer, &topic)?.into_iter().map(|(_, first, end)| end - first);
        dead_letters += kept.sum::<i64>().unsigned_abs() as usize;
    }
    Ok(Topics { emitted, dead_letters })
}

/// One topic at a time: the client tells the end of a partition without its topic.
fn read_topic(consumer: &BaseConsumer, topic: &str, emitted: &mut Emitted) -> anyhow::Result<()> {
    let mut ends: HashMap<i32, i64> = HashMap::new();
    let mut assignment = TopicPartitionList::new();
    for (partition, first, end) in extent(consumer, topic)? {
        if first < end {
            assignment.add_partition_offset(topic, partition, Offset::Offset(first))?;
            ends.insert(partition, end);
        }
    }
    consumer.assign(&assignment)?;
    while !ends.is_empty() {
        match consumer.poll(SILENCE).context("no record came for a long time")? {
            Ok(message) => {
                let Some(end) = ends.get(&message.partition()).copied() else { continue };
                emitted.take(topic, message.payload().unwrap_or_default());
                if message.offset() + 1 >= end {
                    ends.remove(&message.partition());
                }
            }
            Err(KafkaError::PartitionEOF(partition)) => {
                ends.remove(&partition);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The first offset that is kept and the one after the last, of each partition.
fn extent(consumer: &BaseConsumer, topic: &str) -> anyhow::Result<Vec<(i32, i64, i64)>> {
    let metadata = consumer.fetch_metadata(Some(topic), PATIENCE)?;
    let found = metadata.topics().iter().find(|found| found.name() == topic);
    let partitions = found.map_or(&[][..], |found| found.partitions());
    ensure!(!partitions.is_empty(), "there is no topic {topic}");
    let mut extent = Vec::with_capacity(partitions.len());
    for partition in partitions {
        let (first, end) = consumer.fetch_watermarks(topic, partition.id(), PATIENCE)?;
        extent.push((partition.id(), first, end));
    }
    Ok(extent)
}
