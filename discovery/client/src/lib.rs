//! The client side of service discovery: finds the instances of a service, chooses one for each call, and keeps
//! this process registered. Speaks the Eureka protocol, to our registry and to any Netflix or Spring one.
//!
//! ```text
//! registry ──fetch──> mirror ──> RegistryView ──pick──> balance ──> Picked ──finish(outcome)──┐
//!    ^  └──change feed──┘                                  ^───── latency, ejection ──────────┘
//!    └── register, renew (registration)
//! ```
//!
//! It never forgets what it knew: when every registry is gone the last view stays and tells since when it is stale,
//! and an instance that is missing after a registry's restart is believed for one lease more. It never carries the
//! caller's requests itself; it only says where to send them.

mod balance;
mod config;
mod discovery;
mod feed;
mod follow;
mod http;
mod mirror;
mod registration;
mod servers;
mod view;
mod wire;

pub use balance::{EjectionPolicy, Outcome, Picked};
pub use config::DiscoveryConfig;
pub use discovery::Discovery;
pub use registration::{Registration, RegistrationHandle};
pub use view::{AppView, Instance, RegistryView, Status};
