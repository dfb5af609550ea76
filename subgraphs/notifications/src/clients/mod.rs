//! What notifications asks of orders and accounts.

mod contact;
mod events_since;

pub use contact::{Contact, contact};
pub use events_since::EventsSince;

/// Every document with its callee, for the test that holds them against `schema/`.
pub fn documents() -> [(&'static str, &'static str); 3] {
    [
        ("orders", include_str!("order_contact.graphql")),
        ("accounts", include_str!("customer_contact.graphql")),
        ("orders", include_str!("events_since.graphql")),
    ]
}
