//! The authenticator while the trust bundle changes under it.

use std::path::Path;

use souk_contracts::{
    CustomerId,
    identity::{Principal, TrustBundle},
};
use souk_process::ready::write_whole;
use souk_subgraph::auth::{AuthError, Authenticator};
use souk_testing::{Identity, until};
use uuid::Uuid;

use crate::ground::LIMIT;

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

fn issuers(bundle: &Path) -> TrustBundle {
    serde_json::from_str(&std::fs::read_to_string(bundle).unwrap()).unwrap()
}

#[tokio::test]
async fn a_rotated_in_key_is_believed_at_once_and_a_revoked_one_soon_not_any_more() {
    let (old_folder, new_folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (old, new) = (Identity::create(old_folder.path()), Identity::create(new_folder.path()));
    let authenticator = Authenticator::new("orders", old.bundle.clone()).unwrap();
    let customer = CustomerId(Uuid::from_u128(7));
    let (old_token, new_token) = (bearer(&old.customer_token(customer)), bearer(&new.customer_token(customer)));
    assert_eq!(authenticator.authenticate(Some(&old_token)).unwrap().customer_id(), Some(customer));
    assert!(matches!(authenticator.authenticate(Some(&new_token)), Err(AuthError::Token(_))));

    // Both keys: a rotation. Within the same second as the refusal above.
    let mut both = issuers(&old.bundle);
    both.issuers[0].keys.keys.extend(issuers(&new.bundle).issuers.remove(0).keys.keys);
    write_whole(&old.bundle, &serde_json::to_vec(&both).unwrap()).unwrap();
    assert_eq!(authenticator.authenticate(Some(&new_token)).unwrap().customer_id(), Some(customer));
    assert!(authenticator.authenticate(Some(&old_token)).is_ok());

    // The old key is taken out: what was verified by it is not believed any longer than a look at the file takes.
    let mut revoked = both;
    revoked.issuers[0].keys.keys.remove(0);
    write_whole(&old.bundle, &serde_json::to_vec(&revoked).unwrap()).unwrap();
    until("the refusal of a revoked key", LIMIT, || async { authenticator.authenticate(Some(&old_token)).is_err() })
        .await;
    assert!(authenticator.authenticate(Some(&new_token)).is_ok());

    // A file that is broken for a moment changes nothing.
    std::fs::write(&old.bundle, "{").unwrap();
    assert!(authenticator.authenticate(Some(&bearer("eyJ.e30."))).is_err());
    assert!(authenticator.authenticate(Some(&new_token)).is_ok());
}

#[tokio::test]
async fn no_header_is_nobody_and_a_bad_one_is_never_taken_for_none() {
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::create(folder.path());
    let authenticator = Authenticator::new("orders", identity.bundle.clone()).unwrap();
    assert_eq!(authenticator.authenticate(None).unwrap(), Principal::Anonymous);
    for header in ["Basic dTpw", "Bearer", "Bearer ", "Bearer x.y.z", &identity.service_token("payments", "orders")] {
        assert!(authenticator.authenticate(Some(header)).is_err(), "{header}");
    }
    let service = bearer(&identity.service_token("payments", "orders"));
    assert!(authenticator.authenticate(Some(&service)).unwrap().is_service(&["payments"]));
    let elsewhere = bearer(&identity.service_token("payments", "inventory"));
    assert!(authenticator.authenticate(Some(&elsewhere)).is_err(), "a token for another service");
}
