//! Keys and tokens of a test: every service's key file, a trust bundle, tokens for people and services.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use jsonwebtoken::jwk::JwkSet;
use secrecy::ExposeSecret as _;
use souk_contracts::{
    CustomerId, OrderId,
    identity::{AUDIENCE, Claims, Issuer, IssuerKind, Role, Signer, TokenKind, TrustBundle, generate_key},
};
use souk_process::clock;

const SERVICES: [&str; 6] = ["accounts", "products", "inventory", "orders", "payments", "notifications"];

#[derive(Debug)]
pub struct Identity {
    pub bundle: PathBuf,
    keys: PathBuf,
    people: Signer,
    services: BTreeMap<&'static str, Signer>,
}

impl Identity {
    /// Makes fresh keys in `folder`.
    ///
    /// # Panics
    /// When the folder cannot be written.
    pub fn create(folder: &Path) -> Self {
        let (people_file, people_key) = generate_key("souk:accounts", seed());
        let people_json: serde_json::Value = serde_json::from_str(&people_file).expect("generated");
        let mut listed = people_json;
        listed["use_after"] = 0.into();
        write(&folder.join("signing-keys.json"), &serde_json::json!([listed]).to_string());
        let mut issuers = vec![issuer("souk:accounts", IssuerKind::Users, people_key)];
        let mut services = BTreeMap::new();
        for service in SERVICES {
            // Services sign under their own names; accounts has two issuers, one for people and one for itself.
            let name =
                if service == "accounts" { "souk:service:accounts".to_owned() } else { format!("souk:{service}") };
            let (file, key) = generate_key(&name, seed());
            write(&folder.join(format!("{service}.key.json")), &file);
            let kind = IssuerKind::Service { service: service.to_owned(), guests: service == "orders" };
            issuers.push(issuer(&name, kind, key));
            services.insert(service, Signer::from_key_file(&file).expect("generated"));
        }
        let bundle = folder.join("trust.json");
        write(&bundle, &serde_json::to_string(&TrustBundle { issuers }).expect("keys serialize"));
        let people = Signer::from_key_file(&people_file).expect("generated");
        Self { bundle, keys: folder.to_owned(), people, services }
    }

    pub fn key_file(&self, service: &str) -> PathBuf {
        self.keys.join(format!("{service}.key.json"))
    }

    /// The list of signing keys that accounts reads.
    pub fn signing_keys(&self) -> PathBuf {
        self.keys.join("signing-keys.json")
    }

    pub fn customer_token(&self, id: CustomerId) -> String {
        self.person(id, &[])
    }

    /// A member of staff with all of the role's scopes.
    pub fn staff_token(&self) -> String {
        self.person(CustomerId(uuid::Uuid::from_u128(1)), Role::Staff.scopes())
    }

    /// # Panics
    /// Never: the claims always encode.
    pub fn person(&self, id: CustomerId, scopes: &[&str]) -> String {
        let claims = claims("souk:accounts", &id.to_string(), &scopes.join(" "));
        self.people.sign(TokenKind::Access, &claims).expect("claims encode").expose_secret().to_owned()
    }

    /// # Panics
    /// Never: the claims always encode.
    pub fn guest_token(&self, order: OrderId) -> String {
        let claims = claims("souk:orders", &order.to_string(), &format!("order:{order}"));
        self.services["orders"].sign(TokenKind::Guest, &claims).expect("claims encode").expose_secret().to_owned()
    }

    /// A token with which `caller` calls `callee`.
    ///
    /// # Panics
    /// When there is no such service.
    pub fn service_token(&self, caller: &str, callee: &str) -> String {
        let signed = self.services[caller].sign_service(caller, callee, clock::unix_seconds(), 600);
        signed.expect("claims encode").expose_secret().to_owned()
    }
}

fn claims(issuer: &str, subject: &str, scope: &str) -> Claims {
    let now_s = clock::unix_seconds();
    Claims {
        iss: issuer.to_owned(),
        sub: subject.to_owned(),
        aud: AUDIENCE.into(),
        exp: now_s + 600,
        iat: now_s,
        nbf: None,
        scope: scope.to_owned(),
        jti: None,
    }
}

fn issuer(name: &str, kind: IssuerKind, key: jsonwebtoken::jwk::Jwk) -> Issuer {
    Issuer { issuer: name.to_owned(), kind, keys: JwkSet { keys: vec![key] } }
}

fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    seed[..16].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    seed[16..].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    seed
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("the test's folder can be written");
}
