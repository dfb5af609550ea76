//! The trust bundle: which issuers are believed, for which kind of token, with which public keys.

use jsonwebtoken::jwk::JwkSet;
use serde::{Deserialize, Serialize};

/// Pinned by every verifier; one JSON file made by the operator (in development by the launcher).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct TrustBundle {
    pub issuers: Vec<Issuer>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Issuer {
    /// The `iss` claim.
    pub issuer: String,
    #[serde(flatten)]
    pub kind: IssuerKind,
    /// Public keys (RFC 7517).
    pub keys: JwkSet,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum IssuerKind {
    /// May issue access tokens for people.
    Users,
    /// May issue tokens in its own name; with `guests` also guest tokens.
    Service {
        service: String,
        #[serde(default)]
        guests: bool,
    },
}
