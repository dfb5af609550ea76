//! What every subgraph does the same way. It knows no table, topic or rule of any one service.
//!
//! ```text
//! request ──> serve (HTTP, WebSocket) ──> auth (token -> Principal) ──> the subgraph's schema
//!                                                                        │ guards, pages, idempotency, loader
//!             clients (other services, by discovery) <── commands <──────┤
//!                                                          │             v
//!             kafka <── outbox relay <── outbox rows <── db::in_transaction ──> MySQL
//!               └──> consumer ──> inbox + version gate ──> the subgraph's handler (same transaction)
//! ```
//!
//! Rooms: `config` (variables), `runtime` (the parts, started in order), `serve`, `auth`, `error`, `graphql`
//! (types all subgraphs share), `db`, `outbox`, `inbox`, `kafka`, `idempotency`, `pages`, `loader`, `clients`, `reconcile`,
//! `migrate`.

pub mod auth;
pub mod clients;
pub mod config;
pub mod db;
pub mod error;
pub mod graphql;
pub mod idempotency;
pub mod inbox;
pub mod kafka;
pub mod loader;
pub mod outbox;
pub mod pages;
pub mod random;
pub mod reconcile;
pub mod runtime;
pub mod serve;

pub use config::SubgraphConfig;
pub use db::{Db, StoreError, Tx};
pub use error::{ApiError, ErrorCode};
pub use runtime::{Runtime, StartError};
