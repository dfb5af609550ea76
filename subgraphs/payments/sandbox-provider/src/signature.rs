//! Signs webhooks.

use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

/// The value of `Souk-Signature` for `body` sent at `unix_s`.
pub fn sign(secret: &SecretString, unix_s: i64, body: &str) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).expect("HMAC takes keys of any length");
    mac.update(format!("{unix_s}.{body}").as_bytes());
    format!("t={unix_s},v1={:x}", mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_covers_time_and_body() {
        // Checked with: printf '1800000000.{}' | openssl dgst -sha256 -hmac whsec
        let signature = sign(&SecretString::from("whsec"), 1_800_000_000, "{}");
        assert_eq!(signature, "t=1800000000,v1=77b7eef0d31630eb2979f9c5a7773983688ccf849f9d5a79d0a01c0a8bbaffa0");
    }
}
