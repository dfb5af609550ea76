//! The embedded broker: librdkafka's mock cluster, real protocol over loopback TCP, memory only.
//!
//! Its port cannot be chosen and dies with its process, so it lives in the launcher for as long as the shop.
//! Its cluster id may repeat, so each start draws an epoch of its own.

use anyhow::Context as _;
use rdkafka::{mocking::MockCluster, producer::DefaultProducerContext};
use souk_contracts::events::PARTITIONS;
use uuid::Uuid;

use super::{KafkaAddress, KafkaKind, topics};

/// The mock cluster counts its brokers from 1.
#[cfg(debug_assertions)]
const ONLY_BROKER: i32 = 1;

pub struct Embedded {
    cluster: MockCluster<'static, DefaultProducerContext>,
    epoch: Uuid,
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedded").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

impl Embedded {
    /// Starts the broker with every topic.
    ///
    /// # Errors
    /// When the loopback interface refuses a listener.
    pub fn start() -> anyhow::Result<Self> {
        let cluster = MockCluster::new(1).context("the embedded broker cannot start")?;
        for topic in topics::names() {
            cluster
                .create_topic(&topic, PARTITIONS, 1)
                .with_context(|| format!("the embedded broker cannot make the topic {topic}"))?;
        }
        Ok(Self { cluster, epoch: Uuid::new_v4() })
    }

    pub fn address(&self) -> KafkaAddress {
        let brokers = self.cluster.bootstrap_servers();
        KafkaAddress { brokers, kind: KafkaKind::Embedded, epoch: self.epoch.to_string() }
    }

    /// Refuses connections, as in an outage; its data stays.
    #[cfg(debug_assertions)]
    pub fn go_away(&self) -> anyhow::Result<()> {
        Ok(self.cluster.broker_down(ONLY_BROKER)?)
    }

    #[cfg(debug_assertions)]
    pub fn come_back(&self) -> anyhow::Result<()> {
        Ok(self.cluster.broker_up(ONLY_BROKER)?)
    }
}
