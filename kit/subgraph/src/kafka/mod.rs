//! Kafka as all subgraphs use it: an idempotent producer, a group consumer with effects, a tail without a group.
//!
//! No Kafka transactions anywhere: the outbox and idempotent consumers give the same on every broker.

mod consumer;
mod member;
mod producer;
mod settings;
mod tail;
mod tail_reader;
mod worker;

pub use consumer::{EventHandler, HandleError, consume};
pub use producer::{KafkaError, Producer};
pub use settings::KafkaSettings;
pub use tail::{Tail, TailMessage};
