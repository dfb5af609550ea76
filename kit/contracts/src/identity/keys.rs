//! Signing keys: Ed25519, kept in a file that only its owner reads.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{
    SigningKey,
    pkcs8::{EncodePrivateKey as _, spki::der::pem::LineEnding},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::claims::{Claims, TokenKind};

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("the key file cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("the private key is not an Ed25519 key in PKCS#8 PEM: {0}")]
    NotEd25519(#[source] jsonwebtoken::errors::Error),
    #[error("a token cannot be signed: {0}")]
    Sign(#[source] jsonwebtoken::errors::Error),
}

/// What the file holds: a private key, its id, and the issuer it signs for.
#[derive(Debug, Clone, Deserialize)]
pub struct KeyFile {
    pub issuer: String,
    pub kid: String,
    pub private_key_pem: SecretString,
    /// Public part, as it stands in the trust bundle.
    pub public_key: Jwk,
}

/// The file's JSON and the public key, from 32 random bytes.
///
/// # Panics
/// Never: encoding a fresh key cannot fail.
pub fn generate_key(issuer: &str, seed: [u8; 32]) -> (String, Jwk) {
    let key = SigningKey::from_bytes(&seed);
    let public = key.verifying_key().to_bytes();
    // RFC 8037 appendix A.3: the thumbprint of the public key names it.
    let x = URL_SAFE_NO_PAD.encode(public);
    let kid = URL_SAFE_NO_PAD.encode(Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)));
    let jwk = serde_json::json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "use": "sig", "alg": "EdDSA", "kid": kid });
    let pem = key.to_pkcs8_pem(LineEnding::LF).expect("an Ed25519 key always encodes");
    let file = PlainKeyFile { issuer, kid: &kid, private_key_pem: &pem, public_key: &jwk };
    let text = serde_json::to_string_pretty(&file).expect("strings always serialize");
    (text, serde_json::from_value(jwk).expect("the literal above is a JWK"))
}

#[derive(Serialize)]
struct PlainKeyFile<'a> {
    issuer: &'a str,
    kid: &'a str,
    private_key_pem: &'a str,
    public_key: &'a serde_json::Value,
}

/// Signs tokens in the name of one issuer.
#[derive(Clone)]
pub struct Signer {
    issuer: String,
    kid: String,
    key: EncodingKey,
    public: Jwk,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("issuer", &self.issuer).field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl Signer {
    /// Reads a key file's content.
    ///
    /// # Errors
    /// [`KeyError`] when it is not such a file.
    pub fn from_key_file(json: &str) -> Result<Self, KeyError> {
        let file: KeyFile = serde_json::from_str(json)?;
        let key =
            EncodingKey::from_ed_pem(file.private_key_pem.expose_secret().as_bytes()).map_err(KeyError::NotEd25519)?;
        Ok(Self { issuer: file.issuer, kid: file.kid, key, public: file.public_key })
    }

    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    pub fn public_key(&self) -> &Jwk {
        &self.public
    }

    /// # Errors
    /// [`KeyError::Sign`] when the claims cannot be encoded.
    pub fn sign(&self, kind: TokenKind, claims: &Claims) -> Result<SecretString, KeyError> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(kind.typ().to_owned());
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.key).map(SecretString::from).map_err(KeyError::Sign)
    }

    /// A token with which the service `name` calls the service `callee`.
    ///
    /// # Errors
    /// [`KeyError::Sign`].
    pub fn sign_service(
        &self,
        name: &str,
        callee: &str,
        now_s: i64,
        lifetime_s: i64,
    ) -> Result<SecretString, KeyError> {
        let claims = Claims {
            iss: self.issuer.clone(),
            sub: name.to_owned(),
            aud: callee.into(),
            exp: now_s + lifetime_s,
            iat: now_s,
            nbf: None,
            scope: String::new(),
            jti: None,
        };
        self.sign(TokenKind::Service, &claims)
    }
}
