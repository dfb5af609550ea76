//! The provider through its HTTP door.
#![expect(clippy::unwrap_used, reason = "a panic in a test says what broke")]

mod actions;
mod charges;
mod crash;
mod harness;
mod tokens;
