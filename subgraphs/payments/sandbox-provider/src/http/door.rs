//! Who may call the API: the holder of the one key.

use axum::{
    extract::{Request, State},
    http::header::AUTHORIZATION,
    middleware::Next,
    response::Response,
};
use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

use super::failure::Failure;

/// The key as a digest under a random key of this process: comparing digests tells nothing by its timing.
#[derive(Clone)]
pub struct Door {
    blind: Hmac<Sha256>,
    expected: Vec<u8>,
}

impl Door {
    pub fn new(api_key: &SecretString) -> Self {
        let blind = Hmac::<Sha256>::new_from_slice(uuid::Uuid::new_v4().as_bytes()).expect("HMAC takes any key");
        let expected = blind.clone().chain_update(api_key.expose_secret()).finalize().into_bytes().to_vec();
        Self { blind, expected }
    }

    fn opens(&self, presented: &str) -> bool {
        self.blind.clone().chain_update(presented).verify_slice(&self.expected).is_ok()
    }
}

pub async fn check(State(door): State<Door>, request: Request, next: Next) -> Result<Response, Failure> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    match header.and_then(|value| value.strip_prefix("Bearer ")) {
        Some(key) if door.opens(key) => Ok(next.run(request).await),
        _ => Err(Failure::Unauthorized),
    }
}
