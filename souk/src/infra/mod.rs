//! What the shop stands on: MySQL, Kafka, and the limits of this machine.

pub mod guard;
pub mod kafka;
pub mod limits;
pub mod mysql;
pub mod ports;
