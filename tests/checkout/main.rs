//! Placing, paying, cancelling and refunding orders, through the router of a whole shop.

#![expect(clippy::unwrap_used, reason = "a panic in a test says what broke")]

mod methods;
mod tour;
