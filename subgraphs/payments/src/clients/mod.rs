//! Calls to other services.

mod orders;

pub use orders::OrdersClient;
