//! The reading half of a tail: where it starts, what it passes on, and how it notices what it missed.

use std::{collections::HashMap, sync::Arc, time::Duration};

use rdkafka::{
    Message as _, Offset, TopicPartitionList,
    consumer::{Consumer as _, StreamConsumer},
    error::KafkaError as ClientFault,
    message::BorrowedMessage,
    types::RDKafkaErrorCode,
};
use souk_contracts::events::Envelope;
use souk_process::Shutdown;
use tokio::sync::watch;

use super::{KafkaError, tail::Subjects};

/// The offset that each partition gives next.
type Places = HashMap<i32, i64>;

/// Reads until a stop is requested.
pub(super) async fn run(
    consumer: StreamConsumer,
    topic: &'static str,
    subjects: Subjects,
    opened: watch::Sender<bool>,
    shutdown: Shutdown,
) {
    let mut reader = Reader { consumer: Arc::new(consumer), topic, subjects };
    tokio::select! {
        () = reader.read(&opened) => {}
        () = shutdown.requested() => {}
    }
    // Nobody waits for a tail that will never be opened.
    let _ = opened.send(true);
    reader.subjects.end();
}

struct Reader {
    consumer: Arc<StreamConsumer>,
    topic: &'static str,
    subjects: Subjects,
}

impl Reader {
    async fn read(&mut self, opened: &watch::Sender<bool>) {
        loop {
            let places = self.open().await;
            // Who subscribed before this moment may have missed something: at a first start, too.
            self.subjects.tell_gap();
            let _ = opened.send(true);
            self.follow(places).await;
        }
    }

    /// Assigns the present end of the topic, however long the broker is away.
    async fn open(&self) -> Places {
        loop {
            match assign_end(self.consumer.clone(), self.topic).await {
                Ok(places) => return places,
                Err(error) => {
                    tracing::debug!("the tail of {} waits for the broker: {error}", self.topic);
                    tokio::time::sleep(Duration::from_millis(300)).await;
                }
            }
        }
    }

    /// Passes events on until the place to read from is gone.
    async fn follow(&self, mut places: Places) {
        loop {
            match self.consumer.recv().await {
                Ok(message) => self.take(&message, &mut places),
                // The broker dropped what comes next, or lost its data and has less than was read.
                Err(ClientFault::MessageConsumption(
                    RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange,
                )) => {
                    tracing::warn!("the tail of {} lost its place and goes on from the end", self.topic);
                    return;
                }
                Err(error) => {
                    tracing::debug!("the tail of {} waits for the broker: {error}", self.topic);
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    fn take(&self, message: &BorrowedMessage<'_>, places: &mut Places) {
        let next = places.insert(message.partition(), message.offset() + 1);
        if next.is_some_and(|next| next != message.offset()) {
            self.subjects.tell_gap();
        }
        match Envelope::parse(message.payload().unwrap_or_default()) {
            Ok(event) => self.subjects.pass_on(event),
            Err(error) => tracing::warn!("the tail of {} passes over {}: {error}", self.topic, message.offset()),
        }
    }
}

/// Assigns every partition at its present end, as a number: what is produced after this call is read.
async fn assign_end(consumer: Arc<StreamConsumer>, topic: &'static str) -> Result<Places, KafkaError> {
    let ask = move || -> Result<Places, KafkaError> {
        let limit = Duration::from_secs(3);
        let metadata = consumer.fetch_metadata(Some(topic), limit)?;
        let partitions =
            metadata.topics().iter().find(|found| found.name() == topic).map_or(&[][..], |found| found.partitions());
        if partitions.is_empty() {
            return Err(KafkaError::Unreachable);
        }
        let (mut assignment, mut places) = (TopicPartitionList::new(), Places::new());
        for partition in partitions {
            let (_, end) = consumer.fetch_watermarks(topic, partition.id(), limit)?;
            assignment.add_partition_offset(topic, partition.id(), Offset::Offset(end))?;
            places.insert(partition.id(), end);
        }
        consumer.assign(&assignment)?;
        Ok(places)
    };
    tokio::task::spawn_blocking(ask).await.map_err(|_| KafkaError::Unreachable)?
}
