//! The producer: acks from all replicas, idempotent, so a retry of librdkafka neither loses nor reorders.

use std::time::Duration;

use futures_util::future::try_join_all;
use rdkafka::{
    producer::{FutureProducer, FutureRecord, Producer as _},
    util::Timeout,
};

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
    inner: FutureProducer,
    epoch: Option<String>,
}

impl std::fmt::Debug for Producer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Producer").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

impl Producer {
    /// # Errors
    /// A setting that librdkafka refuses; the broker itself is not asked yet.
    pub fn new(settings: &KafkaSettings) -> Result<Self, KafkaError> {
        let inner = settings
            .client()
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("linger.ms", "0")
            .set("message.timeout.ms", "10000")
            .create()?;
        Ok(Self { inner, epoch: settings.epoch.clone() })
    }

    /// Sends records (topic, key, value) and waits for all acks.
    ///
    /// # Errors
    /// The first record that was not acknowledged; others may have been.
    pub async fn send_all<'a>(
        &self,
        records: impl IntoIterator<Item = (&'a str, &'a str, &'a [u8])>,
    ) -> Result<(), KafkaError> {
        let sent = records.into_iter().map(|(topic, key, value)| async move {
            let record = FutureRecord::to(topic).key(key).payload(value);
            self.inner.send(record, Timeout::After(Duration::from_secs(10))).await.map_err(|(error, _)| error)
        });
        try_join_all(sent).await?;
        Ok(())
    }

    /// What identifies the broker's data: another value means that it lost what it had.
    ///
    /// # Errors
    /// [`KafkaError::Unreachable`] when the cluster id cannot be asked for.
    pub async fn epoch(&self) -> Result<String, KafkaError> {
        if let Some(epoch) = &self.epoch {
            return Ok(epoch.clone());
        }
        let client = self.inner.clone();
        // librdkafka's metadata call blocks its thread.
        tokio::task::spawn_blocking(move || client.client().fetch_cluster_id(Duration::from_secs(5)))
            .await
            .ok()
            .flatten()
            .ok_or(KafkaError::Unreachable)
    }
}
