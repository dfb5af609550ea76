//! From a token's text to a principal, or the reason why not.

use std::collections::HashMap;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::Jwk};

use super::{
    AUDIENCE, LEEWAY_S,
    bundle::{IssuerKind, TrustBundle},
    claims::{Claims, TokenKind},
    principal::Principal,
};
use crate::OrderId;

/// Asymmetric algorithms only: `none` and HMAC (with a public key as the secret) cannot even be named.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::EdDSA, Algorithm::ES256, Algorithm::RS256];

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("the token is malformed")]
    Malformed,
    #[error("the token is signed with an algorithm that is not accepted")]
    Algorithm,
    #[error("the token is signed with an unknown key")]
    UnknownKey,
    #[error("the token's signature is wrong")]
    Signature,
    #[error("the token has expired: sign in again or refresh the session")]
    Expired,
    #[error("the token is not valid yet")]
    NotYetValid,
    #[error("the token is for another audience")]
    Audience,
    #[error("the token's issuer may not issue tokens of this kind")]
    Issuer,
}

struct TrustedKey {
    issuer: String,
    kind: IssuerKind,
    algorithm: Algorithm,
    key: DecodingKey,
}

/// The keys of a trust bundle, ready to verify.
pub struct Verifier {
    /// By (issuer, kid): two issuers may use one key id.
    keys: HashMap<(String, String), TrustedKey>,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").field("keys", &self.keys.keys().collect::<Vec<_>>()).finish()
    }
}

impl Verifier {
    /// Keys that cannot be used (unknown algorithm, no key id) are left out.
    pub fn new(bundle: &TrustBundle) -> Self {
        let mut keys = HashMap::new();
        for issuer in &bundle.issuers {
            for jwk in &issuer.keys.keys {
                if let Some((kid, algorithm, key)) = usable(jwk) {
                    let trusted =
                        TrustedKey { issuer: issuer.issuer.clone(), kind: issuer.kind.clone(), algorithm, key };
                    keys.insert((issuer.issuer.clone(), kid), trusted);
                }
            }
        }
        Self { keys }
    }

    /// Verifies a token for one of `audiences` at `now_s`; gives the principal and when the token expires.
    ///
    /// # Errors
    /// [`TokenError`]; `UnknownKey` is worth one re-read of the trust bundle.
    pub fn verify(&self, token: &str, audiences: &[&str], now_s: i64) -> Result<(Principal, i64), TokenError> {
        let (trusted, kind) = self.key_for(token)?;
        let claims = signed_claims(token, trusted)?;
        check_times(&claims, now_s)?;
        if !audiences.iter().any(|audience| claims.aud.contains(audience)) {
            return Err(TokenError::Audience);
        }
        let principal = principal(kind, &trusted.kind, &claims)?;
        Ok((principal, claims.exp))
    }

    fn key_for(&self, token: &str) -> Result<(&TrustedKey, TokenKind), TokenError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Malformed)?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(TokenError::Algorithm);
        }
        let kind = header.typ.as_deref().and_then(TokenKind::from_typ).ok_or(TokenError::Issuer)?;
        let kid = header.kid.ok_or(TokenError::UnknownKey)?;
        // The issuer is read before the signature only to choose the key; it is checked by that key.
        let unverified =
            jsonwebtoken::dangerous::insecure_decode::<Claims>(token).map_err(|_| TokenError::Malformed)?;
        let trusted = self.keys.get(&(unverified.claims.iss, kid)).ok_or(TokenError::UnknownKey)?;
        if trusted.algorithm == header.alg { Ok((trusted, kind)) } else { Err(TokenError::Algorithm) }
    }
}

fn usable(jwk: &Jwk) -> Option<(String, Algorithm, DecodingKey)> {
    use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve};
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::OctetKeyPair(_) => Algorithm::EdDSA,
        AlgorithmParameters::EllipticCurve(p) if p.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        _ => return None,
    };
    Some((jwk.common.key_id.clone()?, algorithm, DecodingKey::from_jwk(jwk).ok()?))
}

fn signed_claims(token: &str, trusted: &TrustedKey) -> Result<Claims, TokenError> {
    let mut validation = Validation::new(trusted.algorithm);
    // Times and audience are checked by us, against the caller's clock and list.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    validation.set_issuer(&[&trusted.issuer]);
    jsonwebtoken::decode::<Claims>(token, &trusted.key, &validation).map(|data| data.claims).map_err(
        |error| match error.kind() {
            jsonwebtoken::errors::ErrorKind::InvalidSignature => TokenError::Signature,
            _ => TokenError::Malformed,
        },
    )
}

fn check_times(claims: &Claims, now_s: i64) -> Result<(), TokenError> {
    if claims.exp.saturating_add(LEEWAY_S) <= now_s {
        return Err(TokenError::Expired);
    }
    if claims.nbf.unwrap_or(claims.iat) > now_s + LEEWAY_S {
        return Err(TokenError::NotYetValid);
    }
    Ok(())
}

fn principal(kind: TokenKind, issuer: &IssuerKind, claims: &Claims) -> Result<Principal, TokenError> {
    match (kind, issuer) {
        (TokenKind::Access, IssuerKind::Users) => {
            let id = claims.sub.parse().map_err(|_| TokenError::Malformed)?;
            let scopes = claims.scope.split_whitespace().map(str::to_owned).collect();
            Ok(Principal::Customer { id, scopes })
        }
        (TokenKind::Guest, IssuerKind::Service { guests: true, .. }) => {
            let order = claims.scope.strip_prefix("order:").and_then(|id| id.parse::<OrderId>().ok());
            order.map(|order| Principal::Guest { order }).ok_or(TokenError::Malformed)
        }
        // The audience of people's tokens must not open the door that services use.
        (TokenKind::Service, IssuerKind::Service { service, .. })
            if *service == claims.sub && !claims.aud.contains(AUDIENCE) =>
        {
            Ok(Principal::Service { name: service.clone() })
        }
        (TokenKind::Access | TokenKind::Guest | TokenKind::Service, _) => Err(TokenError::Issuer),
    }
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
