//! Verifies webhooks: `t=<unix seconds>,v1=<hex hmac-sha256 of "<t>.<body>">`.

use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

/// How old a signature may be, and how far ahead the sender's clock.
pub const TOLERANCE_S: i64 = 300;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("the signature header is missing or malformed")]
    Malformed,
    #[error("the signature is too old or from the future")]
    OutOfTime,
    #[error("the signature is wrong")]
    Wrong,
}

/// Checks a header against the body as it arrived, in constant time. Several `v1` may stand in it, as while a
/// secret is changed; one that fits is enough.
///
/// # Errors
/// [`SignatureError`].
pub fn verify(secret: &SecretString, header: &str, body: &[u8], now_s: i64) -> Result<(), SignatureError> {
    let mut time = None;
    let mut digests = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", text)) => time = Some(text),
            Some(("v1", hex)) => digests.push(bytes(hex).ok_or(SignatureError::Malformed)?),
            // Other schemes are for other readers.
            Some(_) => {}
            None => return Err(SignatureError::Malformed),
        }
    }
    let time = time.ok_or(SignatureError::Malformed)?;
    let sent_s: i64 = time.parse().map_err(|_| SignatureError::Malformed)?;
    if digests.is_empty() {
        return Err(SignatureError::Malformed);
    }
    if now_s.abs_diff(sent_s) > TOLERANCE_S.unsigned_abs() {
        return Err(SignatureError::OutOfTime);
    }
    let mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .expect("HMAC takes keys of any length")
        .chain_update(time)
        .chain_update(b".")
        .chain_update(body);
    let fits = digests.iter().any(|digest| mac.clone().verify_slice(digest).is_ok());
    if fits { Ok(()) } else { Err(SignatureError::Wrong) }
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    if !hex.is_ascii() || !hex.len().is_multiple_of(2) {
        return None;
    }
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;
    // printf '1800000000.{}' | openssl dgst -sha256 -hmac whsec
    const DIGEST: &str = "77b7eef0d31630eb2979f9c5a7773983688ccf849f9d5a79d0a01c0a8bbaffa0";

    fn check(header: &str, body: &str, now_s: i64) -> Result<(), SignatureError> {
        verify(&SecretString::from("whsec"), header, body.as_bytes(), now_s)
    }

    #[test]
    fn a_good_signature_passes_within_the_tolerance() {
        let header = format!("t={NOW},v1={DIGEST}");
        for now_s in [NOW, NOW + TOLERANCE_S, NOW - TOLERANCE_S] {
            assert_eq!(check(&header, "{}", now_s), Ok(()));
        }
        for now_s in [NOW + TOLERANCE_S + 1, NOW - TOLERANCE_S - 1] {
            assert_eq!(check(&header, "{}", now_s), Err(SignatureError::OutOfTime));
        }
        assert_eq!(check(&format!("t={NOW},v1={},v0=x,v1={DIGEST}", "00".repeat(32)), "{}", NOW), Ok(()));
    }

    #[test]
    fn forged_and_malformed_ones_are_refused() {
        let header = format!("t={NOW},v1={DIGEST}");
        assert_eq!(check(&header, "{ }", NOW), Err(SignatureError::Wrong));
        assert_eq!(check(&format!("t={},v1={DIGEST}", NOW + 1), "{}", NOW), Err(SignatureError::Wrong));
        assert_eq!(check(&format!("t={NOW},v1={}", &DIGEST[..62]), "{}", NOW), Err(SignatureError::Wrong));
        for header in ["", "t=1", "v1=00", "t=x,v1=00", "t=1,v1=0", "t=1,v1=é", "garbage"] {
            assert_eq!(check(header, "{}", 1), Err(SignatureError::Malformed), "{header}");
        }
    }
}
