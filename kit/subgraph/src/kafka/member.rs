//! Being a member of a consumer group: joining, polling also while an event takes long, and leaving.

use std::{
    collections::{HashMap, VecDeque},
    future::Future,
    pin::pin,
    time::Duration,
};

use futures_util::FutureExt as _;
use rdkafka::{
    Message as _, Offset, TopicPartitionList,
    consumer::{CommitMode, Consumer as _, StreamConsumer},
    message::BorrowedMessage,
};
use souk_process::failpoint;
use tokio::{sync::oneshot, time::Instant};

use super::{KafkaError, settings::KafkaSettings};

/// After a kill -9 the group waits this long for the dead member.
const SESSION: Duration = Duration::from_secs(6);
/// A member that does not poll for this long leaves its group. A little longer it waits for the answer to its JoinGroup,
/// which the embedded broker never gives to a member whose session ran out meanwhile, as it does when the broker stood
/// still: the client's default of five minutes would be five minutes without events.
const POLL: Duration = Duration::from_secs(20);
/// A batch that takes longer is taken while its consumer goes on polling.
const LONG: Duration = Duration::from_secs(5);
/// Records in one transaction. More would hold their effects' locks for long.
const BATCH: usize = 64;
/// From one batch to the next: a record that comes alone is taken at once, those of a busy time in company, at a fraction
/// of the statements.
const PACE: Duration = Duration::from_millis(20);
/// For saying goodbye to the group, which spares it the wait for a dead member.
const GOODBYE: Duration = Duration::from_secs(3);

/// A consumer with its place in a group.
pub(super) struct Membership {
    name: &'static str,
    /// There until it leaves.
    consumer: Option<StreamConsumer>,
}

impl Membership {
    pub fn join(
        settings: &KafkaSettings,
        name: &'static str,
        topics: &'static [&'static str],
    ) -> Result<Self, KafkaError> {
        let consumer: StreamConsumer = settings
            .consumer()
            .set("group.id", format!("souk.{name}"))
            .set("auto.offset.reset", "earliest")
            .set("session.timeout.ms", failpoint::shortened("SOUK_KAFKA_SESSION_MS", SESSION).as_millis().to_string())
            .set("max.poll.interval.ms", POLL.as_millis().to_string())
            .set("heartbeat.interval.ms", "500")
            .create()?;
        let membership = Self { name, consumer: Some(consumer) };
        membership.consumer().subscribe(topics)?;
        Ok(membership)
    }

    fn consumer(&self) -> &StreamConsumer {
        self.consumer.as_ref().expect("it is taken by leaving alone")
    }

    pub fn member(&self) -> Member<'_> {
        Member {
            consumer: self.consumer(),
            name: self.name,
            waiting: VecDeque::new(),
            paused: TopicPartitionList::new(),
            away: false,
            next_batch: Instant::now(),
            long_at: Instant::now(),
        }
    }

    /// Says goodbye to the group, at most [`GOODBYE`].
    pub async fn leave(mut self) {
        if let Some(left) = self.close()
            && tokio::time::timeout(GOODBYE, left).await.is_err()
        {
            tracing::warn!("{} leaves its group without a goodbye", self.name);
        }
    }

    /// On a thread of its own: librdkafka closes on the thread that drops a consumer, and where a rebalance meets the
    /// end of the group's state it waits for an answer that nobody gives any more.
    fn close(&mut self) -> Option<oneshot::Receiver<()>> {
        let consumer = self.consumer.take()?;
        let (done, left) = oneshot::channel();
        std::thread::spawn(move || {
            drop(consumer);
            let _ = done.send(());
        });
        Some(left)
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.close();
    }
}

/// What asks for records.
pub(super) struct Member<'a> {
    consumer: &'a StreamConsumer,
    name: &'static str,
    /// Records that came while an event was taken that took long.
    waiting: VecDeque<BorrowedMessage<'a>>,
    /// Partitions that may be paused.
    paused: TopicPartitionList,
    away: bool,
    /// When the next batch may begin.
    next_batch: Instant,
    /// From when on the present one takes long.
    long_at: Instant,
}

impl<'a> Member<'a> {
    /// The next records, at least one, however long the broker is away.
    pub async fn next(&mut self) -> Vec<BorrowedMessage<'a>> {
        if self.paused.count() > 0 {
            self.resume();
        }
        if self.waiting.is_empty() {
            let first = self.poll().await;
            self.waiting.push_back(first);
        }
        self.gather();
        if self.waiting.len() < BATCH {
            tokio::time::sleep_until(self.next_batch).await;
            self.gather();
        }
        self.next_batch = Instant::now() + PACE;
        self.long_at = Instant::now() + LONG;
        self.waiting.drain(..self.waiting.len().min(BATCH)).collect()
    }

    /// What has arrived, up to a batch.
    fn gather(&mut self) {
        while self.waiting.len() < BATCH
            && let Some(Ok(message)) = self.consumer.recv().now_or_never()
        {
            self.waiting.push_back(message);
        }
    }

    /// Waits for `taking`, a part of the present batch. When that is long, e.g. because another service is away, it polls meanwhile and asks for
    /// nothing, so that it stays a member of its group and holds no rebalance up: thrown out, it would leave its event to
    /// the next member, to be stuck with it as well.
    pub async fn polling<T>(&mut self, taking: impl Future<Output = T>) -> T {
        let mut taking = pin!(taking);
        if let Ok(taken) = tokio::time::timeout_at(self.long_at, &mut taking).await {
            return taken;
        }
        loop {
            // Anew after each record: one can only come of a partition that was assigned in the meantime.
            self.pause();
            tokio::select! {
                taken = &mut taking => {
                    self.resume();
                    return taken;
                }
                message = self.poll() => self.waiting.push_back(message),
            }
        }
    }

    /// Commits the offsets behind these records; none that came before them is left. One that is not committed costs a
    /// second delivery, which changes nothing.
    pub fn taken(&self, messages: &[BorrowedMessage<'_>]) {
        let behind: HashMap<(String, i32), Offset> = messages
            .iter()
            .map(|message| ((message.topic().to_owned(), message.partition()), Offset::Offset(message.offset() + 1)))
            .collect();
        if behind.is_empty() {
            return;
        }
        let committed = TopicPartitionList::from_topic_map(&behind)
            .and_then(|offsets| self.consumer.commit(&offsets, CommitMode::Async));
        if let Err(error) = committed {
            tracing::debug!("{} commits its offsets later: {error}", self.name);
        }
    }

    fn pause(&mut self) {
        let paused = self.consumer.assignment().and_then(|assigned| {
            for partition in assigned.elements() {
                self.paused.add_partition(partition.topic(), partition.partition());
            }
            self.consumer.pause(&assigned)
        });
        if let Err(error) = paused {
            tracing::warn!("{} cannot pause its partitions: {error}", self.name);
        }
    }

    /// All that were ever paused, for the client keeps a partition paused when it goes to another member and comes back.
    /// Records of those that have gone are the other member's.
    fn resume(&mut self) {
        let resumed = self.consumer.resume(&self.paused).and_then(|()| self.consumer.assignment());
        match resumed {
            Ok(assigned) => {
                self.paused = TopicPartitionList::new();
                self.waiting.retain(|message| assigned.find_partition(message.topic(), message.partition()).is_some());
            }
            // They stay on the list, and the next record tries again.
            Err(error) => tracing::warn!("{} cannot resume its partitions: {error}", self.name),
        }
    }

    async fn poll(&mut self) -> BorrowedMessage<'a> {
        loop {
            match self.consumer.recv().await {
                Ok(message) => {
                    self.away = false;
                    return message;
                }
                Err(error) => {
                    if !std::mem::replace(&mut self.away, true) {
                        tracing::warn!("{} waits for the broker: {error}", self.name);
                    }
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        }
    }
}
