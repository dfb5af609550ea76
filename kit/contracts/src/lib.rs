//! What crosses a wire between our processes: money, ids, identity, events. Pure values, parsed at the door;
//! no I/O, no clock, no randomness (all three are arguments).

pub mod address;
pub mod events;
pub mod identity;
pub mod ids;
pub mod money;
pub mod sku;

pub use address::PostalAddress;
pub use ids::*;
pub use money::{CurrencyCode, Money, MoneyError};
pub use sku::{Quantity, Sku};
