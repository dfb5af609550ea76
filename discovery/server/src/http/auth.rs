//! Who may write: the credential is bound to the application's name, so that nothing can pose as another.

use std::collections::HashMap;

use axum::{
    extract::{FromRequestParts, Path},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::{config::Config, registry::Origin, service::Service, wire::model::Instance};

/// A write whose credential fits the application in its path. A handler that takes this cannot forget to ask.
#[derive(Debug)]
pub(super) struct Writer {
    /// Upper case.
    pub(super) app: String,
    /// Empty for a registration.
    pub(super) id: String,
    pub(super) origin: Origin,
    /// The shared credential may speak for every application.
    is_shared: bool,
}

/// Bodies are empty: the Java clients drop them anyway, and there is nothing to tell a stranger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Denied {
    /// No credential, or one that is wrong.
    Unknown,
    /// A good one, for another application.
    Forbidden,
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        match self {
            Self::Unknown => {
                (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Basic realm=\"registry\"")]).into_response()
            }
            Self::Forbidden => StatusCode::FORBIDDEN.into_response(),
        }
    }
}

impl FromRequestParts<Service> for Writer {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Response> {
        let Path(mut path) = Path::<HashMap<String, String>>::from_request_parts(parts, service)
            .await
            .map_err(IntoResponse::into_response)?;
        let app = path.remove("app").unwrap_or_default();
        let is_shared = authorize(service.config(), &parts.headers, &app).map_err(|denied| {
            metrics::counter!("discovery_denied_writes_total").increment(1);
            tracing::warn!(app = %app, "write for {app} denied: {denied:?} credential");
            denied.into_response()
        })?;
        let is_peer = parts.headers.get("x-netflix-discovery-replication").is_some_and(|value| value == "true");
        Ok(Self {
            app: app.to_uppercase(),
            id: path.remove("id").unwrap_or_default(),
            origin: if is_peer { Origin::Peer } else { Origin::Instance },
            is_shared,
        })
    }
}

impl Writer {
    pub(super) fn key(self) -> (String, String) {
        (self.app, self.id)
    }

    /// Refuses a VIP that is another application's name: Spring clients look instances up by VIP.
    pub(super) fn may_claim(&self, instance: &Instance, config: &Config) -> Result<(), Denied> {
        let poses = instance
            .vips()
            .chain(instance.secure_vips())
            .any(|vip| !vip.eq_ignore_ascii_case(&self.app) && config.credentials.contains_key(&vip.to_lowercase()));
        if poses && !self.is_shared { Err(Denied::Forbidden) } else { Ok(()) }
    }
}

/// Whether the request may write for `app`; true when it does so by the shared credential.
fn authorize(config: &Config, headers: &HeaderMap, app: &str) -> Result<bool, Denied> {
    let (user, secret) = basic(headers).ok_or(Denied::Unknown)?;
    if let Some(shared) = &config.shared_credential
        && user == shared.user
        && equal(&secret, &shared.secret)
    {
        return Ok(true);
    }
    let user = user.to_lowercase();
    match config.credentials.get(&user) {
        Some(expected) if equal(&secret, expected) => {
            if user == app.to_lowercase() {
                Ok(false)
            } else {
                Err(Denied::Forbidden)
            }
        }
        Some(_) | None => Err(Denied::Unknown),
    }
}

fn basic(headers: &HeaderMap) -> Option<(String, SecretString)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    let pair = BASE64_STANDARD.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let pair = String::from_utf8(pair).ok()?;
    let (user, secret) = pair.split_once(':')?;
    Some((user.to_owned(), SecretString::from(secret)))
}

/// In constant time; hashed first, so that lengths do not show either.
fn equal(given: &SecretString, expected: &SecretString) -> bool {
    let digest = |secret: &SecretString| Sha256::digest(secret.expose_secret().as_bytes());
    digest(given).ct_eq(&digest(expected)).into()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use souk_process::Env;

    use super::*;

    #[test]
    fn a_credential_opens_its_own_application_only() {
        let mut env = Env::from_pairs([
            ("SOUK_DISCOVERY_CREDENTIALS", r#"{"orders":"s:1","payments":"s2"}"#),
            ("SOUK_DISCOVERY_SHARED_CREDENTIAL", "spring:all"),
        ]);
        let config = Config::read(&mut env).unwrap();
        for (pair, app, expected) in [
            ("orders:s:1", "ORDERS", Ok(false)),
            ("ORDERS:s:1", "orders", Ok(false)),
            ("orders:s2", "ORDERS", Err(Denied::Unknown)),
            ("orders:", "ORDERS", Err(Denied::Unknown)),
            ("nobody:s2", "ORDERS", Err(Denied::Unknown)),
            ("orders", "ORDERS", Err(Denied::Unknown)),
            ("payments:s2", "ORDERS", Err(Denied::Forbidden)),
            ("spring:all", "ANYTHING", Ok(true)),
            ("spring:s2", "PAYMENTS", Err(Denied::Unknown)),
        ] {
            let value = format!("Basic {}", BASE64_STANDARD.encode(pair));
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_str(&value).unwrap())]);
            assert_eq!(authorize(&config, &headers, app), expected, "{pair} for {app}");
        }
        for value in ["", "Basic", "Basic !!!", "Bearer b3JkZXJzOnM6MQ=="] {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))]);
            assert_eq!(authorize(&config, &headers, "orders"), Err(Denied::Unknown), "{value}");
        }
    }
}
