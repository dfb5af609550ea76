//! The producer: acks from all replicas, idempotent, so a retry of librdkafka neither loses nor reorders.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use futures_util::future::join_all;
use rdkafka::{
    message::{Header, OwnedHeaders},
    producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer as _},
};
use souk_process::failpoint;

use super::settings::KafkaSettings;

#[derive(Debug, thiserror::Error)]
pub enum KafkaError {
    #[error("kafka: {0}")]
    Client(#[from] rdkafka::error::KafkaError),
    #[error("kafka: the broker cannot be reached")]
    Unreachable,
}

/// Clones share one connection.
#[derive(Clone)]
pub struct Producer {
    settings: Arc<KafkaSettings>,
    inner: Arc<ArcSwap<FutureProducer>>,
}

impl std::fmt::Debug for Producer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Producer").field("epoch", &self.settings.epoch).finish_non_exhaustive()
    }
}

impl Producer {
    /// # Errors
    /// A setting that librdkafka refuses; the broker itself is not asked yet.
    pub fn new(settings: &KafkaSettings) -> Result<Self, KafkaError> {
        let inner = ArcSwap::from_pointee(open(settings)?);
        Ok(Self { settings: Arc::new(settings.clone()), inner: Arc::new(inner) })
    }

    /// Sends records (topic, key, value) and waits for all acks.
    ///
    /// # Errors
    /// The first record that was not acknowledged; others may have been.
    pub async fn send_all<'a>(
        &self,
        records: impl IntoIterator<Item = (&'a str, &'a str, &'a [u8])>,
    ) -> Result<(), KafkaError> {
        self.send_each(records).await.into_iter().collect()
    }

    /// Sends records (topic, key, value) and waits until each is acknowledged or given up: none is on its way any
    /// more when this returns, so what is sent next comes after.
    pub async fn send_each<'a>(
        &self,
        records: impl IntoIterator<Item = (&'a str, &'a str, &'a [u8])>,
    ) -> Vec<Result<(), KafkaError>> {
        let producer = self.inner.load_full();
        // Handed over one after the other, before anything is waited for: a partition's order is that of this loop.
        let sent: Vec<_> = records
            .into_iter()
            .map(|(topic, key, value)| {
                producer.send_result(FutureRecord::to(topic).key(key).payload(value)).map_err(|(error, _)| error)
            })
            .collect();
        failpoint::hit("outbox.sent");
        let outcomes = join_all(sent.into_iter().map(acknowledged)).await;
        self.replace_broken(&producer);
        outcomes
    }

    /// Sends a record that a consumer could not take, with `headers` (name, value) that say who and why.
    ///
    /// # Errors
    /// When the record was not acknowledged.
    pub(super) async fn send_dead(
        &self,
        topic: &str,
        key: &str,
        record: &[u8],
        headers: [(&str, &str); 2],
    ) -> Result<(), KafkaError> {
        let producer = self.inner.load_full();
        let headers = headers
            .into_iter()
            .fold(OwnedHeaders::new(), |headers, (key, value)| headers.insert(Header { key, value: Some(value) }));
        let record = FutureRecord::to(topic).key(key).payload(record).headers(headers);
        let outcome = acknowledged(producer.send_result(record).map_err(|(error, _)| error)).await;
        self.replace_broken(&producer);
        outcome
    }

    /// What identifies the broker's data: another value means that it lost what it had.
    ///
    /// # Errors
    /// [`KafkaError::Unreachable`] when the cluster id cannot be asked for.
    pub async fn epoch(&self) -> Result<String, KafkaError> {
        if let Some(epoch) = &self.settings.epoch {
            return Ok(epoch.clone());
        }
        let client = self.inner.load_full();
        // The answer comes from librdkafka's memory, kept current by its metadata refreshes; only the first one blocks.
        tokio::task::spawn_blocking(move || client.client().fetch_cluster_id(Duration::from_secs(5)))
            .await
            .ok()
            .flatten()
            .ok_or(KafkaError::Unreachable)
    }

    /// An idempotent producer that met a fatal error, as when the broker lost what it knew of it, sends nothing ever
    /// again (librdkafka, "Idempotent Producer"): a new one takes its place.
    fn replace_broken(&self, broken: &Arc<FutureProducer>) {
        let Some((_, reason)) = broken.client().fatal_error() else { return };
        match open(&self.settings) {
            Ok(fresh) => {
                tracing::warn!("kafka: a new producer takes the place of one that cannot go on: {reason}");
                self.inner.compare_and_swap(broken, Arc::new(fresh));
            }
            Err(error) => tracing::error!("{error}"),
        }
    }
}

async fn acknowledged(sent: Result<DeliveryFuture, rdkafka::error::KafkaError>) -> Result<(), KafkaError> {
    // Dropped without an answer only when the producer itself ends.
    let delivered = sent?.await.map_err(|_| KafkaError::Unreachable)?;
    delivered.map(|_| ()).map_err(|(error, _)| error.into())
}

fn open(settings: &KafkaSettings) -> Result<FutureProducer, KafkaError> {
    let producer = settings
        .client()
        .set("acks", "all")
        .set("enable.idempotence", "true")
        .set("linger.ms", "0")
        // Longer than a relay's lease, so that one that cannot reach the broker loses its shards to one that can.
        .set("message.timeout.ms", "10000")
        .create()?;
    Ok(producer)
}
