//! Calls to other services.

mod orders;

pub use orders::OrdersClient;

/// Service and document of each operation.
pub fn documents() -> Vec<(&'static str, &'static str)> {
    vec![orders::DOCUMENT]
}
