//! An embedded broker for one test: librdkafka's mock cluster, real protocol over loopback.

use rdkafka::{mocking::MockCluster, producer::DefaultProducerContext};
use souk_contracts::events::{PARTITIONS, TOPICS, dead_letter_topic};

pub struct Broker {
    cluster: MockCluster<'static, DefaultProducerContext>,
    pub epoch: String,
}

impl std::fmt::Debug for Broker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Broker").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

impl Broker {
    /// # Panics
    /// When librdkafka cannot open loopback ports.
    pub fn start() -> Self {
        let cluster = MockCluster::new(1).expect("loopback ports are free");
        for topic in TOPICS {
            cluster.create_topic(topic, PARTITIONS, 1).expect("a fresh cluster has no topics");
            cluster.create_topic(&dead_letter_topic(topic), 1, 1).expect("a fresh cluster has no topics");
        }
        Self { cluster, epoch: uuid::Uuid::new_v4().to_string() }
    }

    pub fn brokers(&self) -> String {
        self.cluster.bootstrap_servers()
    }

    /// Takes the broker away, as an outage does; its data stays.
    ///
    /// # Panics
    /// When the mock cluster refuses.
    pub fn down(&self) {
        self.cluster.broker_down(1).expect("broker 1 exists");
    }

    /// Brings it back.
    ///
    /// # Panics
    /// When the mock cluster refuses.
    pub fn up(&self) {
        self.cluster.broker_up(1).expect("broker 1 exists");
    }
}
