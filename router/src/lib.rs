//! The router.
pub mod errors;
mod execute;
