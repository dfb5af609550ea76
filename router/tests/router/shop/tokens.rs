//! Tokens of a trusted issuer, and of one that only claims to be.

use std::path::{Path, PathBuf};

use secrecy::ExposeSecret as _;
use souk_contracts::{
    CustomerId,
    identity::{AUDIENCE, Claims, Issuer, IssuerKind, Signer, TokenKind, TrustBundle, generate_key},
};
use souk_process::clock;

const ISSUER: &str = "souk:accounts";

pub struct Tokens {
    pub bundle: PathBuf,
    signer: Signer,
    forger: Signer,
}

impl Tokens {
    pub fn new(folder: &Path) -> Self {
        let (key_file, public) = generate_key(ISSUER, [7; 32]);
        let (forged_file, _) = generate_key(ISSUER, [9; 32]);
        let keys = serde_json::from_value(serde_json::json!({ "keys": [public] })).unwrap();
        let bundle = TrustBundle { issuers: vec![Issuer { issuer: ISSUER.to_owned(), kind: IssuerKind::Users, keys }] };
        let path = folder.join("trust.json");
        std::fs::write(&path, serde_json::to_vec(&bundle).unwrap()).unwrap();
        Self {
            bundle: path,
            signer: Signer::from_key_file(&key_file).unwrap(),
            forger: Signer::from_key_file(&forged_file).unwrap(),
        }
    }

    /// `Bearer ...` of a customer.
    pub fn customer(&self, scope: &str) -> String {
        self.lasting(scope, 600)
    }

    /// One that ends in `lifetime_s`.
    pub fn lasting(&self, scope: &str, lifetime_s: i64) -> String {
        sign(&self.signer, scope, lifetime_s)
    }

    pub fn expired(&self) -> String {
        self.lasting("", -3600)
    }

    pub fn forged(&self) -> String {
        sign(&self.forger, "accounts:read", 600)
    }
}

fn sign(signer: &Signer, scope: &str, lifetime_s: i64) -> String {
    let now_s = clock::unix_seconds();
    let claims = Claims {
        iss: ISSUER.to_owned(),
        sub: CustomerId::new(clock::now(), [1; 10]).to_string(),
        aud: AUDIENCE.into(),
        exp: now_s + lifetime_s,
        iat: now_s - 7200,
        nbf: None,
        scope: scope.to_owned(),
        jti: None,
    };
    format!("Bearer {}", signer.sign(TokenKind::Access, &claims).unwrap().expose_secret())
}
