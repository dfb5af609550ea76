//! Tokens that must pass and, above all, those that must not.

use jsonwebtoken::{Header, jwk::JwkSet};
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use super::*;
use crate::{
    CustomerId,
    identity::{Issuer, Signer, generate_key},
};

const NOW: i64 = 1_800_000_000;

struct World {
    accounts: Signer,
    orders: Signer,
    verifier: Verifier,
}

fn world() -> World {
    let (accounts_file, accounts_key) = generate_key("souk:accounts", [1; 32]);
    let (orders_file, orders_key) = generate_key("souk:orders", [2; 32]);
    let issuer = |issuer: &str, kind, key| Issuer { issuer: issuer.to_owned(), kind, keys: JwkSet { keys: vec![key] } };
    let service = IssuerKind::Service { service: "orders".to_owned(), guests: true };
    let bundle = TrustBundle {
        issuers: vec![
            issuer("souk:accounts", IssuerKind::Users, accounts_key),
            issuer("souk:orders", service, orders_key),
        ],
    };
    World {
        accounts: Signer::from_key_file(&accounts_file).unwrap(),
        orders: Signer::from_key_file(&orders_file).unwrap(),
        verifier: Verifier::new(&bundle),
    }
}

fn claims(issuer: &str) -> Claims {
    Claims {
        iss: issuer.to_owned(),
        sub: CustomerId(Uuid::from_u128(7)).to_string(),
        aud: AUDIENCE.into(),
        exp: NOW + 600,
        iat: NOW,
        nbf: None,
        scope: "orders:read".to_owned(),
        jti: None,
    }
}

fn verify(
    world: &World,
    signer: &Signer,
    kind: TokenKind,
    claims: &Claims,
    now_s: i64,
) -> Result<Principal, TokenError> {
    let token = signer.sign(kind, claims).unwrap();
    world.verifier.verify(token.expose_secret(), &[AUDIENCE, "payments"], now_s).map(|(principal, _)| principal)
}

#[test]
fn an_access_token_names_its_customer_and_scopes() {
    let world = world();
    let principal = verify(&world, &world.accounts, TokenKind::Access, &claims("souk:accounts"), NOW).unwrap();
    assert_eq!(principal.customer_id(), Some(CustomerId(Uuid::from_u128(7))));
    assert!(principal.has_scope("orders:read") && !principal.has_scope("orders:write"));
}

#[test]
fn a_guest_token_opens_one_order_and_only_orders_may_sign_it() {
    let world = world();
    let order = OrderId(Uuid::from_u128(9));
    let mut guest = claims("souk:orders");
    guest.scope = format!("order:{order}");
    assert_eq!(verify(&world, &world.orders, TokenKind::Guest, &guest, NOW), Ok(Principal::Guest { order }));
    guest.iss = "souk:accounts".to_owned();
    assert_eq!(verify(&world, &world.accounts, TokenKind::Guest, &guest, NOW), Err(TokenError::Issuer));
}

#[test]
fn a_service_speaks_in_its_own_name_to_one_callee() {
    let world = world();
    let token = world.orders.sign_service("orders", "payments", NOW, 60).unwrap();
    let (principal, _) = world.verifier.verify(token.expose_secret(), &[AUDIENCE, "payments"], NOW).unwrap();
    assert!(principal.is_service(&["orders"]));
    assert_eq!(
        world.verifier.verify(token.expose_secret(), &[AUDIENCE, "inventory"], NOW).unwrap_err(),
        TokenError::Audience
    );
    let posing = world.orders.sign_service("payments", "payments", NOW, 60).unwrap();
    assert_eq!(world.verifier.verify(posing.expose_secret(), &["payments"], NOW).unwrap_err(), TokenError::Issuer);
}

#[test]
fn a_service_key_cannot_issue_an_access_token() {
    let world = world();
    let result = verify(&world, &world.orders, TokenKind::Access, &claims("souk:orders"), NOW);
    assert_eq!(result, Err(TokenError::Issuer));
}

#[test]
fn clocks_may_differ_by_the_leeway_and_no_more() {
    let world = world();
    let at = |now_s| verify(&world, &world.accounts, TokenKind::Access, &claims("souk:accounts"), now_s);
    assert!(at(NOW + 600 + LEEWAY_S - 1).is_ok());
    assert_eq!(at(NOW + 600 + LEEWAY_S), Err(TokenError::Expired));
    assert!(at(NOW - LEEWAY_S).is_ok());
    assert_eq!(at(NOW - LEEWAY_S - 1), Err(TokenError::NotYetValid));
}

#[test]
fn forged_tokens_are_refused() {
    let world = world();
    let verify = |token: &str| world.verifier.verify(token, &[AUDIENCE], NOW).unwrap_err();
    assert_eq!(verify("not.a.token"), TokenError::Malformed);
    assert_eq!(verify("eyJhbGciOiJub25lIn0.e30."), TokenError::Malformed);

    let good = world.accounts.sign(TokenKind::Access, &claims("souk:accounts")).unwrap();
    let (head, _) = good.expose_secret().rsplit_once('.').unwrap();
    assert_eq!(verify(&format!("{head}.{}", "A".repeat(86))), TokenError::Signature);

    let mut header = Header::new(Algorithm::HS256);
    header.typ = Some("at+jwt".to_owned());
    header.kid = world.accounts.public_key().common.key_id.clone();
    let hmac =
        jsonwebtoken::encode(&header, &claims("souk:accounts"), &jsonwebtoken::EncodingKey::from_secret(b"public"))
            .unwrap();
    assert_eq!(verify(&hmac), TokenError::Algorithm);

    let (stranger, _) = generate_key("souk:accounts", [3; 32]);
    let stranger = Signer::from_key_file(&stranger).unwrap();
    let token = stranger.sign(TokenKind::Access, &claims("souk:accounts")).unwrap();
    assert_eq!(verify(token.expose_secret()), TokenError::UnknownKey);
}
