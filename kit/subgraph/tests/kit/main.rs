//! The kit through its real doors: a private MariaDB, an embedded broker, sockets.

#![expect(clippy::unwrap_used, reason = "a panic in a test says what broke")]

mod auth;
mod client;
mod config;
mod consumer;
mod database;
mod ground;
mod idempotency;
mod inbox;
mod outage;
mod reconcile;
mod relay;
mod relay_faults;
mod serve;
mod tail;
