//! Who is calling: tokens, keys and what a verified token says. Verification is pure; time is an argument.
//!
//! Three kinds of token, told apart by the header's `typ`, so that one can never pass for another:
//!
//! | typ | issued by | says | audience |
//! |---|---|---|---|
//! | `at+jwt` | accounts | a customer or member of staff and their scopes | `souk` |
//! | `guest+jwt` | orders | the holder may see and cancel one order (`order:<id>`) | `souk` |
//! | `svc+jwt` | each service | that service calls | the called service |

mod bundle;
mod claims;
mod keys;
mod principal;
mod verify;

pub use bundle::{Issuer, IssuerKind, TrustBundle};
pub use claims::{Claims, TokenKind};
pub use keys::{KeyError, KeyFile, Signer, generate_key};
pub use principal::{Principal, Role, Scope};
pub use verify::{TokenError, Verifier};

/// Audience of the tokens that clients hold.
pub const AUDIENCE: &str = "souk";
/// How far apart two clocks may be, in seconds.
pub const LEEWAY_S: i64 = 60;
