//! Sending mail: a worker that leases what is due, and the ways out.

mod outbound;
mod worker;

pub use outbound::{MailError, Outbound};
pub use worker::Worker;
