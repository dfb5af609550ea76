//! What every process of Souk does the same way: read its configuration once, say what it does, answer for
//! its health, tell its address, stop in order. It knows nothing of GraphQL, MySQL or Kafka.
//!
//! ```text
//! config ──> telemetry ──> listen ──> ready file ──> health (ready) ... signal ──> shutdown (drain)
//! ```

pub mod clock;
pub mod config;
pub mod failpoint;
pub mod health;
pub mod listen;
pub mod ready;
pub mod shutdown;
pub mod telemetry;

pub use config::{ConfigFaults, Env};
pub use health::Health;
pub use shutdown::Shutdown;
