//! Orders through its real door: MySQL and a broker are real, products, inventory and payments are small fakes that
//! speak the operations which orders asks.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod access;
mod cancel;
mod checkout;
mod fakes;
mod harness;
mod idempotency;
mod pages;
mod payments_tell;
mod reconcile;
mod recovery;
mod refusals;
mod staff;
mod watch;
