//! What inventory asks of other services: the events that it missed, and where orders stand whose time is up.

mod events;
mod orders;

pub use events::{Orders, Products, missing_events};
pub use orders::{OrderStanding, order_standings};

use events::EVENTS_SINCE;
use orders::ORDER_STANDINGS;

/// The service, the operation's name, its document.
pub const DOCUMENTS: [(&str, &str, &str); 3] = [
    ("products", "EventsSince", EVENTS_SINCE),
    ("orders", "EventsSince", EVENTS_SINCE),
    ("orders", "OrderStandings", ORDER_STANDINGS),
];
