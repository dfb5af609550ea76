//! An embedded broker for one test: librdkafka's mock cluster, real protocol over loopback.

use rdkafka::{
    mocking::MockCluster,
    producer::DefaultProducerContext,
    types::{RDKafkaApiKey, RDKafkaRespErr},
};
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

    /// Answers the next fetch as a broker does that dropped, or lost, what was asked for.
    pub fn lose_place(&self) {
        self.cluster.request_errors(RDKafkaApiKey::Fetch, &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE]);
    }

    /// Refuses the next `requests` commits of offsets, as in a crash before them.
    pub fn refuse_offsets(&self, requests: usize) {
        let refused = RDKafkaRespErr::RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED;
        self.cluster.request_errors(RDKafkaApiKey::OffsetCommit, &vec![refused; requests]);
    }

    /// Takes offsets again after [`Broker::refuse_offsets`].
    pub fn take_offsets(&self) {
        self.cluster.clear_request_errors(RDKafkaApiKey::OffsetCommit);
    }

    /// Answers the next produce as a broker does that lost what it knew of the producer.
    pub fn forget_producers(&self) {
        let unknown = RDKafkaRespErr::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER;
        self.cluster.request_errors(RDKafkaApiKey::Produce, &[unknown]);
    }
}
