//! The choice of instance: power of two choices over load, past those that are ejected.

mod choice;
mod health;
mod picked;

pub use health::{EjectionPolicy, Outcome};
pub use picked::Picked;

pub(crate) use choice::choose;
pub(crate) use picked::Endpoint;
