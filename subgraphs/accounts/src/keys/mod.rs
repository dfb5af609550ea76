//! The keys that sign access tokens, and where the world finds their public parts.

mod routes;
mod signing_keys;

pub use routes::routes;
pub use signing_keys::{KeysError, SigningKeys};
