//! What service tests stand on: a private MySQL, an embedded broker, keys of their own, a GraphQL client, waiting.
//!
//! Everything here is real but small. A missing server fails with the command that installs it; nothing is skipped.
//!
//! ```ignore
//! let shop = souk_testing::World::new("inventory").await;      // database, broker, keys
//! let (url, shutdown) = ...run the service with shop.env()...;
//! let answer = souk_testing::graphql(&url, Some(&shop.staff_token()), "{ stockLevels(sku: \"A\") { onHand } }", json!({})).await;
//! ```

mod broker;
mod graphql;
mod identity;
mod mysql;
mod program;
mod server;
mod statements;
mod wait;
mod world;

pub use broker::Broker;
pub use graphql::{Answer, graphql, http_client};
pub use identity::Identity;
pub use mysql::{Activity, Database, MySql};
pub use statements::Statements;
pub use wait::{eventually, until};
pub use world::{Running, World};
