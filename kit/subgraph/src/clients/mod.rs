//! Calls to other services: typed operations, sent straight to an instance that discovery names.

mod client;
mod operation;
mod tokens;

pub use client::{ClientError, ServiceClient};
pub use operation::Operation;
