//! The way to the subgraphs: which instance, over which connection, how often to try.
//!
//! ```text
//! executor ──Ask──> calls ──(queries: flight, one for all that ask the same)──> target ──> http
//!                     subscriptions ──────────────────────────────────────────> target ──> socket
//! ```

mod calls;
mod client;
mod fault;
mod fits;
mod flight;
mod http;
mod meters;
mod socket;
mod target;

pub(crate) use calls::{Calls, Context};
pub(crate) use client::build_client;
pub(crate) use fits::fits;
pub(crate) use http::Subgraphs;
pub(crate) use socket::Upstream;
