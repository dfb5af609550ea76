//! The broker: inside the launcher, an Apache Kafka of our own, or one that is given.

mod apache;
mod embedded;
mod reading;
mod topics;

use std::fmt;

pub use apache::{Apache, JAVA_MISSING, MAVEN_MISSING, find_program};
pub use embedded::Embedded;
pub use reading::Reader;
use serde::{Deserialize, Serialize};
pub use topics::{check_topics, cluster_id, make_topics};

/// `--kafka`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum KafkaChoice {
    /// In memory, inside the launcher: nothing to install, gone with the shop's stop.
    Embedded,
    /// Apache Kafka from Maven Central: needs Java 17 and Maven, keeps its data.
    Apache,
}

/// Which broker a shop runs on, as the ready file and the table tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KafkaKind {
    Embedded,
    Apache,
    Outside,
}

/// What services and readers need to know of the broker.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KafkaAddress {
    pub brokers: String,
    pub kind: KafkaKind,
    /// Changes when the broker has lost its data.
    pub epoch: String,
}

impl fmt::Display for KafkaKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Embedded => "embedded broker, in memory",
            Self::Apache => "Apache Kafka, private",
            Self::Outside => "SOUK_KAFKA_BROKERS",
        })
    }
}
