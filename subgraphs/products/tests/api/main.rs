//! The products service through its own door, on a private MySQL and an embedded broker.

#![expect(clippy::unwrap_used, reason = "a panic in a test says what broke")]

mod catalogue;
mod changes;
mod events;
mod harness;
mod internal;
mod listing;
mod schema;
