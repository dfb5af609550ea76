//! One graph over six subgraphs: joins, statement counts, what is refused, the example queries.

#![expect(clippy::unwrap_used, reason = "a panic in a test says what broke")]

mod bad_input;
mod examples;
mod joins;
