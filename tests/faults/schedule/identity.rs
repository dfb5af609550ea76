//! Keys that change and clocks that differ while customers buy.

use std::sync::atomic::AtomicUsize;

use serde_json::{Value, json};
use souk_process::clock;
use souk_tests::{Client, LIMIT, Shop, client::key, eventually, shop::binary};
use tokio::process::Command;

use crate::{
    blows::{instances, write},
    buyers::{Round, ask},
    stories::Story,
};

/// Replaces the key of a part as docs/OPERATIONS.md says, and restarts what reads it at its start.
pub async fn renew_key(round: &Round<'_>, part: &'static str, lines: &Value) {
    let shop = round.shop;
    let trust = shop.data().join("trust");
    let which = if part == "accounts" { "sign-in" } else { part };
    let mut renewal = Command::new(binary());
    let renewed = renewal.args(["trust", "--renew", which, "--out"]).arg(&trust).output().await;
    assert!(renewed.is_ok_and(|output| output.status.success()), "souk trust --renew {which}");
    if part == "accounts" {
        sign_at_once(shop);
    }
    for instance in instances(shop, part) {
        let old = shop.kill(&instance).await;
        shop.restarted(&instance, old).await;
    }
    if part == "accounts" {
        let customer = signed_in_anew(round).await;
        let told = AtomicUsize::new(0);
        let Round { shop, staff, seen, .. } = *round;
        Round { shop, customer: &customer, staff, seen, told }.play(Story::Pays("CARD", "tok_ok"), lines).await;
    }
}

/// The ten minutes that a new sign-in key waits are for bundles that travel; here everybody reads the same file.
fn sign_at_once(shop: &Shop) {
    let path = shop.data().join("trust/accounts-signing.json");
    let mut keys: Vec<Value> = serde_json::from_slice(&std::fs::read(&path).expect("accounts has keys")).expect("JSON");
    if let Some(newest) = keys.iter_mut().max_by_key(|key| key["use_after"].as_i64()) {
        newest["use_after"] = json!(clock::unix_seconds());
    }
    let draft = path.with_extension("draft");
    let text = serde_json::to_vec(&keys).expect("JSON");
    std::fs::write(&draft, text).and_then(|()| std::fs::rename(&draft, &path)).expect("the folder is ours");
}

/// A customer whose token the new key has signed.
async fn signed_in_anew(round: &Round<'_>) -> Client {
    let query =
        "mutation($input: CustomerRegisterInput!) { customerRegister(input: $input) { session { accessToken } } }";
    let nobody = round.shop.anonymous();
    let header = |token: &str| token.split('.').next().map(str::to_owned);
    let old = round.customer.token.as_deref().and_then(header);
    eventually("a token of the new key", LIMIT, || async {
        let input = json!({ "email": format!("{}@example.com", key()), "password": "correct horse battery", "name": "Asha Rao" });
        let told = ask(&nobody, query, json!({ "input": input })).await?;
        let token = told["customerRegister"]["session"]["accessToken"].as_str()?.to_owned();
        (header(&token) != old).then(|| nobody.with_token(&token))
    })
    .await
}

/// One instance starts again with a clock that is wrong by `seconds`.
pub async fn set_clock(shop: &Shop, instance: &str, seconds: i64) {
    write(shop, &format!("{instance}.clock"), &seconds.to_string());
    let old = shop.kill(instance).await;
    shop.restarted(instance, old).await;
}

/// It starts again with the right one.
pub async fn right_clock(shop: &Shop, instance: &str) {
    let _ = std::fs::remove_file(shop.failpoints().join(format!("{instance}.clock")));
    let old = shop.kill(instance).await;
    shop.restarted(instance, old).await;
}
