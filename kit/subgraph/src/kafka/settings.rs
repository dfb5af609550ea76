//! Client settings, the same for every client of a process.

use rdkafka::ClientConfig;

/// Where the broker is and what identifies its data.
#[derive(Debug, Clone)]
pub struct KafkaSettings {
    pub brokers: String,
    /// Identity of the broker's data when the launcher knows it; else the cluster id is asked for.
    pub epoch: Option<String>,
    /// This process, in the broker's logs.
    pub client_id: String,
}

impl KafkaSettings {
    pub(super) fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", &self.client_id)
            .set("reconnect.backoff.ms", "50")
            .set("reconnect.backoff.max.ms", "2000")
            .set("topic.metadata.refresh.interval.ms", "30000");
        config
    }

    pub(super) fn consumer(&self) -> ClientConfig {
        let mut config = self.client();
        config
            // An empty fetch waits this long, and a produce does not wake it on the embedded broker.
            .set("fetch.wait.max.ms", "10")
            .set("fetch.error.backoff.ms", "100")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false");
        config
    }
}
