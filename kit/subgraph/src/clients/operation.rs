//! A typed operation: a `.graphql` file with its variables and result.

use serde::{Serialize, de::DeserializeOwned};

/// One operation of another service. The document is a file beside the implementation; a test checks it, and the
/// types' names in it, against `schema/<service>.graphql`.
pub trait Operation {
    /// The callee, e.g. `inventory`.
    const SERVICE: &'static str;
    /// The operation's name in the document.
    const NAME: &'static str;
    /// `include_str!("reservation_hold.graphql")`
    const DOCUMENT: &'static str;
    type Variables: Serialize + Send + Sync;
    type Data: DeserializeOwned + Send;
}
