//! Events that inventory takes in.

mod orders;
mod products;

pub use orders::OrderEvents;
pub use products::ProductEvents;
