//! `souk up` as its users meet it: what it refuses, what it says, what it survives.

#![expect(clippy::unwrap_used, reason = "a panic in a test says what broke")]

mod hardships;
mod shop;
mod start;
