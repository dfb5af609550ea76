//! The client against real registries: ours, and one that has only what the protocol demands.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod balancing;
mod following;
mod plain_registry;
mod registering;
mod running;
