//! The registry through its real door.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod eviction;
mod feed;
mod formats;
mod lifecycle;
mod page;
mod running;
