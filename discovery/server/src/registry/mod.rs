//! The registry itself, pure: who is registered, until when, what changed. Time is an argument, epoch milliseconds.
//!
//! ```text
//!                   renew                       status override, metadata
//!            ┌──────────────┐                  ┌───────────┐
//! (unknown) ─┴─ register ─> leased ────────────┴─> leased ─┴─ cancel ──────────> (unknown)
//!                             └── no renewal for one lease ── evicted ──────────────┘
//! ```

mod delta;
mod eviction;
mod hash;
mod lease;
mod overrides;
mod queries;
mod state;

pub(crate) use eviction::Protection;
pub(crate) use state::{Change, Full, Origin, Policy, Registry, Renewal};
