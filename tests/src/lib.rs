//! Whole-shop tests: what a client sees of a shop that `souk up` started on free ports, on a data folder of its own.
//!
//! ```text
//! alone/          each service by `souk serve`, as docs/OPERATIONS.md says
//! checkout/       placing, paying, cancelling, refunding; buyers in a crowd
//! graph/          one query over many subgraphs, bad input, the example queries
//! statements/     what a list costs in SQL
//! subscriptions/  the live status of an order, also across replicas
//! faults/         processes killed with -9 in the middle; faults/schedule: at every named point, by seeds
//! composition/    a subgraph joins, clashes, leaves
//! ```
//! Rooms here: `shop` (starting one), `client` (GraphQL as somebody), `goods` (things to sell), `live` (WebSocket),
//! `verify` (all that it promises).

pub mod client;
pub mod goods;
pub mod live;
pub mod shop;
pub mod verify;

pub use client::Client;
pub use shop::{Shop, shared};
pub use souk_testing::{eventually, until};
pub use verify::Seen;

/// The limit of waits on things that take a moment. A machine under load still meets it; a broken shop does not.
pub const LIMIT: std::time::Duration = std::time::Duration::from_secs(60);
