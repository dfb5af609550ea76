//! Who calls a subgraph: every token is verified here again, whoever passed it on (zero trust).

mod authenticator;
mod guards;

pub use authenticator::{AuthError, Authenticator};
pub use guards::{CalledBy, RequiresScope, SignedIn, principal, require_scope};
