//! The token that opens one order, and its payments, to the guest who placed it.

use secrecy::ExposeSecret as _;
use souk_contracts::{
    OrderId,
    identity::{AUDIENCE, Claims, KeyError, Signer, TokenKind},
};

/// Thirty days.
const LIFETIME_S: i64 = 30 * 24 * 60 * 60;

/// Signs the token of `order`.
///
/// # Errors
/// [`KeyError::Sign`].
pub(super) fn issue(signer: &Signer, order: OrderId, now_s: i64) -> Result<String, KeyError> {
    let claims = Claims {
        iss: signer.issuer().to_owned(),
        sub: order.to_string(),
        aud: AUDIENCE.into(),
        exp: now_s + LIFETIME_S,
        iat: now_s,
        nbf: None,
        scope: format!("order:{order}"),
        jti: None,
    };
    Ok(signer.sign(TokenKind::Guest, &claims)?.expose_secret().to_owned())
}
