//! Each service alone, by `souk serve` and variables, against a MySQL and a broker that are there already.
//!
//! What is run is what docs/OPERATIONS.md says: its command blocks are read from the page.

#![expect(clippy::unwrap_used, reason = "a panic in a test says what broke")]

mod documented;
mod guide;
mod process;
mod refusals;
mod releases;
mod shuffled;
