//! Refresh tokens: opaque, random, kept as a hash.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

/// A refresh token's text and the hash under which it is stored.
#[derive(Debug, Clone)]
pub struct RefreshToken {
    pub text: SecretString,
    pub hash: [u8; 32],
}

impl RefreshToken {
    /// A new token from 32 random bytes.
    pub fn new(random: [u8; 32]) -> Self {
        Self::parse(&format!("rt_{}", URL_SAFE_NO_PAD.encode(random)))
    }

    /// A presented token; whether it exists is the store's to say.
    pub fn parse(text: &str) -> Self {
        Self { hash: Sha256::digest(text).into(), text: text.to_owned().into() }
    }
}
