//! Events leave through the outbox: the row is committed with its change, a relay publishes it, at least once.

mod append;
mod relay;
mod store;

pub use append::Outbox;
pub use relay::run as relay;
pub use store::{events_since, forget_old};

/// Parts into which the outbox is cut; each is relayed by one process at a time. Fixed by migrations/kit.
pub(crate) const SHARDS: u8 = 4;
