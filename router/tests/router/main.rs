//! The router through its own doors: real HTTP and WebSockets, fake subgraphs, a real registry.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod auth;
mod commands;
mod discovery;
mod failures;
mod files;
mod limits;
mod malformed;
mod protocol;
mod shop;
mod socket;
mod start;
