//! Events as they lie in Kafka: CloudEvents 1.0 in structured JSON, bodies by topic, versioned by type name.
//!
//! The key of a record is the aggregate's id, so all versions of one aggregate are in one partition, in order.
//! No address, email or token ever lies in an event.

mod bodies;
mod envelope;

pub use bodies::{OrderChanged, OrderLineBody, PaymentChanged, ProductChanged, StockChanged, VariantBody};
pub use envelope::{Envelope, EnvelopeError, EventBody};

/// Topics, each written by one service.
pub const PRODUCTS_EVENTS: &str = "products.events";
pub const INVENTORY_EVENTS: &str = "inventory.events";
pub const ORDERS_EVENTS: &str = "orders.events";
pub const PAYMENTS_EVENTS: &str = "payments.events";
pub const TOPICS: [&str; 4] = [PRODUCTS_EVENTS, INVENTORY_EVENTS, ORDERS_EVENTS, PAYMENTS_EVENTS];
/// Partitions of each topic when we make it.
pub const PARTITIONS: i32 = 4;

/// Headers of a dead letter: the consumer that could not take it, and what it said.
pub const DEAD_CONSUMER: &str = "souk-consumer";
pub const DEAD_REASON: &str = "souk-reason";

/// Where records go that a consumer could not take after its tries.
pub fn dead_letter_topic(topic: &str) -> String {
    format!("{topic}.dead")
}
