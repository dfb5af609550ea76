//! Reading what lies in the topics: every record from the first that is kept to the last that was there when the
//! reading began. No group, no offset committed: it leaves no trace. librdkafka waits on the calling thread.

use std::{collections::HashMap, time::Duration};

use anyhow::{Context as _, ensure};
use rdkafka::{
    ClientConfig, Message as _, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _},
    error::KafkaError,
    message::BorrowedMessage,
};

const PATIENCE: Duration = Duration::from_secs(10);
/// Between two records, before the reading is given up.
const SILENCE: Duration = Duration::from_secs(30);

pub struct Reader {
    consumer: BaseConsumer,
}

/// What is kept of one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    pub partition: i32,
    /// The first offset that is kept.
    pub first: i64,
    /// The one after the last.
    pub end: i64,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

impl Reader {
    /// # Errors
    /// Settings that librdkafka refuses; the broker is not asked yet.
    pub fn open(brokers: &str) -> anyhow::Result<Self> {
        let consumer = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            // librdkafka wants a name, and assignment never uses it.
            .set("group.id", "souk.reader")
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .set("fetch.wait.max.ms", "50")
            .set("log_level", "0")
            .create()?;
        Ok(Self { consumer })
    }

    /// # Errors
    /// When the broker does not answer, or has no such topic.
    pub fn extents(&self, topic: &str) -> anyhow::Result<Vec<Extent>> {
        let metadata = self.consumer.fetch_metadata(Some(topic), PATIENCE).context("the broker does not answer")?;
        let found = metadata.topics().iter().find(|found| found.name() == topic);
        let partitions = found.map_or(&[][..], |found| found.partitions());
        ensure!(!partitions.is_empty(), "there is no topic {topic}");
        let mut extents = Vec::with_capacity(partitions.len());
        for partition in partitions {
            let (first, end) = self.consumer.fetch_watermarks(topic, partition.id(), PATIENCE)?;
            extents.push(Extent { partition: partition.id(), first, end });
        }
        Ok(extents)
    }

    /// Hands every record of one topic to `take`. One topic at a time: the client tells the end of a partition
    /// without its topic.
    ///
    /// # Errors
    /// When the broker does not answer, or falls silent before the end.
    pub fn read(&self, topic: &str, mut take: impl FnMut(&BorrowedMessage<'_>)) -> anyhow::Result<()> {
        let mut ends: HashMap<i32, i64> = HashMap::new();
        let mut assignment = TopicPartitionList::new();
        for Extent { partition, first, end } in self.extents(topic)? {
            if first < end {
                assignment.add_partition_offset(topic, partition, Offset::Offset(first))?;
                ends.insert(partition, end);
            }
        }
        self.consumer.assign(&assignment)?;
        while !ends.is_empty() {
            match self.consumer.poll(SILENCE).context("no record came for a long time")? {
                Ok(message) => {
                    let Some(end) = ends.get(&message.partition()).copied() else { continue };
                    take(&message);
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
}
