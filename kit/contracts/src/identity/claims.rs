//! The claims of our tokens (RFC 7519, RFC 9068).

use serde::{Deserialize, Serialize};

/// What a token is for; the JWT header's `typ`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    Access,
    Guest,
    Service,
}

impl TokenKind {
    pub const fn typ(self) -> &'static str {
        match self {
            Self::Access => "at+jwt",
            Self::Guest => "guest+jwt",
            Self::Service => "svc+jwt",
        }
    }

    pub fn from_typ(typ: &str) -> Option<Self> {
        [Self::Access, Self::Guest, Self::Service].into_iter().find(|kind| kind.typ().eq_ignore_ascii_case(typ))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer as named in the trust bundle.
    pub iss: String,
    /// Customer id, guest's order id, or service name.
    pub sub: String,
    pub aud: Audience,
    /// Seconds since 1970.
    pub exp: i64,
    #[serde(default)]
    pub iat: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// Space-separated scopes (RFC 8693).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
}

/// One audience or several (RFC 7519 section 4.1.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    pub fn contains(&self, wanted: &str) -> bool {
        match self {
            Self::One(audience) => audience == wanted,
            Self::Many(audiences) => audiences.iter().any(|audience| audience == wanted),
        }
    }
}

impl From<&str> for Audience {
    fn from(audience: &str) -> Self {
        Self::One(audience.to_owned())
    }
}
