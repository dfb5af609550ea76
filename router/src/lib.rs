//! The router: one graph for clients, served by many subgraphs.
//!
//! It owns the client's door (HTTP, WebSocket, GraphiQL), who may ask what, the execution of plans, the balancing
//! over instances, and the supergraph as it changes while requests run. It never composes or plans by itself (the
//! crate `federation` does), keeps no data but caches, and knows nothing of shops.
//!
//! ```text
//! http, transports ─> auth ─> pipeline: parse ─> authorize ─> plan ─> execute ─> respond
//!                                                               │        │
//!                                   supergraph (discovery, files)      subgraphs (HTTP, WebSocket)
//! ```

pub mod config;
pub mod errors;

mod http;
mod transports;

mod auth;
mod request;

mod pipeline;

mod parse;

mod authorize;

mod plan;

mod introspect;

mod execute;

mod subscribe;

mod respond;

mod subgraphs;

mod supergraph;

mod server;

pub mod commands;

pub mod embedded;

pub use auth::TrustError;
pub use config::{Config, Flags};
pub use server::{RouterError, run};
pub use supergraph::files::FileFault;
