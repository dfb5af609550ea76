//! The inventory service through its own door, on a private MySQL and an embedded broker.
#![expect(clippy::unwrap_used, reason = "a panic in a test says what broke")]

mod events;
mod harness;
mod live;
mod operations;
mod overdue;
mod owners;
mod reconcile;
mod reservations;
mod rush;
mod schema;
mod stock;
mod variants;
