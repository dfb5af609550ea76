//! Webhooks that the provider never sent, and those that come again and again.

use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use souk_process::clock;
use souk_testing::http_client;
use souk_tests::{LIMIT, Shop, eventually};

/// Claims that the payment of `order` was made: forged and too old, which must be turned away. Then tells five times,
/// signed well, how the charge really stands, which must change nothing.
///
/// # Panics
/// When a forged or old one is taken.
pub async fn attack(shop: &Shop, order: &Value) {
    let Some(reference) = order["payments"][0]["id"].as_str() else { return };
    let secrets = std::fs::read(shop.data().join("trust/secrets.json")).expect("the launcher keeps its secrets");
    let secrets: Value = serde_json::from_slice(&secrets).expect("secrets are JSON");
    let secret = secrets["provider_webhook"].as_str().unwrap_or_default();
    let key = secrets["provider_api_key"].as_str().unwrap_or_default();
    let url = format!("{}/v1/charges?reference={reference}", shop.ready.provider);
    let charge = eventually("the provider's charge", LIMIT, || async {
        let answer = http_client().get(&url).bearer_auth(key).send().await.ok()?;
        answer.json::<Value>().await.ok()?["data"].get(0).cloned()
    })
    .await;
    let now = clock::unix_seconds();
    let mut paid = charge.clone();
    paid["status"] = json!("captured");
    paid["version"] = json!(charge["version"].as_u64().unwrap_or(1) + 1);
    let lie = told(&paid);
    for (signature, why) in [(sign("not the secret", now, &lie), "forged"), (sign(secret, now - 3_600, &lie), "old")] {
        assert_eq!(deliver(shop, &signature, &lie).await, 401, "a webhook that is {why}");
    }
    let truth = told(&charge);
    for _ in 0..5 {
        assert_eq!(deliver(shop, &sign(secret, now, &truth), &truth).await, 204, "a webhook that comes again");
    }
}

fn told(charge: &Value) -> String {
    let id = format!("whk_{}", uuid::Uuid::new_v4().simple());
    json!({ "id": id, "type": "charge.updated", "created_at": clock::now(), "charge": charge }).to_string()
}

fn sign(secret: &str, unix_s: i64, body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    let digest = mac.chain_update(format!("{unix_s}.{body}")).finalize().into_bytes();
    format!("t={unix_s},v1={digest:x}")
}

/// The status that payments answers with, once it answers.
async fn deliver(shop: &Shop, signature: &str, body: &str) -> u16 {
    let url = shop.ready.graphql.replace("/graphql", "/webhooks/sandbox");
    eventually("an answer to a webhook", LIMIT, || async {
        let request = http_client().post(&url).header("souk-signature", signature).body(body.to_owned());
        let status = request.send().await.ok()?.status();
        (!status.is_server_error()).then_some(status.as_u16())
    })
    .await
}
