//! The SQL of payments, a statement a function.

pub mod cancellations;
pub mod operations;
pub mod payments;
pub mod refunds;
mod row;
pub mod webhooks;
