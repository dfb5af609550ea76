//! kill -9 and torn files: what was answered is never lost.

use std::{
    io::Write as _,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::http::StatusCode;
use serde_json::json;
use souk_process::{
    Env, Shutdown,
    telemetry::{Telemetry, TelemetryConfig},
};
use tempfile::TempDir;

use crate::harness::{Api, Provider, Shop, address, charge, eventually, variables};

/// Set for the copy of this test program that is to be a provider and nothing else.
const CHILD: &str = "SANDBOX_PROVIDER_TEST_CHILD";

#[tokio::test]
async fn serves_as_a_child_process_when_asked() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let mut env = Env::process();
    let telemetry = Telemetry::install(&TelemetryConfig::read(&mut env));
    let config = sandbox_provider::Config::read(&mut env).unwrap();
    sandbox_provider::run(config, telemetry, Shutdown::new()).await.unwrap();
}

async fn spawn(folder: &Path, webhook_url: &str) -> (Child, Api) {
    let ready_file = folder.join("ready.json");
    let _ = std::fs::remove_file(&ready_file);
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::serves_as_a_child_process_when_asked"])
        .env(CHILD, "1")
        .envs(variables(folder, webhook_url))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    (child, Api::new(address(&ready_file).await))
}

#[tokio::test]
async fn a_kill_loses_no_answered_charge_and_doubles_none() {
    let (_, webhook_url) = Shop::open().await;
    let folder = TempDir::new().unwrap();
    let mut answered: Vec<String> = Vec::new();
    for round in 0..3 {
        let (mut child, api) = spawn(folder.path(), &webhook_url).await;
        let count = Arc::new(AtomicUsize::new(0));
        let buyers: Vec<_> = (0..8)
            .map(|buyer| tokio::spawn(buy(api.clone(), format!("pay_{round}_{buyer}"), Arc::clone(&count))))
            .collect();
        eventually("40 charges", || async { (count.load(Ordering::Relaxed) >= 40).then_some(()) }).await;
        child.kill().unwrap();
        child.wait().unwrap();
        for buyer in buyers {
            answered.extend(buyer.await.unwrap());
        }
    }
    let (mut child, api) = spawn(folder.path(), &webhook_url).await;
    for reference in &answered {
        let found = api.by_reference(reference).await;
        assert_eq!(found.len(), 1, "{reference}");
        // And its key still stands for it.
        assert_eq!(api.charge(reference, "CARD", "tok_ok", false).await["id"], found[0]["id"]);
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Charges until the provider dies; gives the references that were answered.
async fn buy(api: Api, prefix: String, count: Arc<AtomicUsize>) -> Vec<String> {
    let mut answered = Vec::new();
    for number in 0.. {
        let reference = format!("{prefix}_{number}");
        let body = charge(&reference, "CARD", "tok_ok", false);
        match api.try_post("/v1/charges", &reference, &body, Duration::from_secs(5)).await {
            Ok(response) if response.status() == StatusCode::CREATED => {
                answered.push(reference);
                count.fetch_add(1, Ordering::Relaxed);
            }
            Ok(_) | Err(_) => break,
        }
    }
    answered
}

#[tokio::test]
async fn a_torn_last_line_is_cut_off_and_the_ledger_goes_on() {
    let provider = Provider::start().await;
    provider.api.charge("pay_1", "CARD", "tok_ok", false).await;
    let mut file = std::fs::OpenOptions::new().append(true).open(provider.ledger_file()).unwrap();
    file.write_all(br#"{"seq":2,"at":"2026-"#).unwrap();
    let provider = provider.restart().await;
    provider.api.charge("pay_2", "CARD", "tok_ok", false).await;
    let provider = provider.restart().await;
    assert_eq!(provider.api.by_reference("pay_1").await.len(), 1);
    assert_eq!(provider.api.by_reference("pay_2").await.len(), 1);
}

#[tokio::test]
async fn webhooks_and_late_money_survive_a_restart() {
    let (shop, webhook_url) = Shop::open().await;
    let folder = TempDir::new().unwrap();
    // Nobody listens there.
    let (mut child, api) = spawn(folder.path(), "http://127.0.0.1:9/hook").await;
    let waiting = api.charge("pay_1", "UPI", "tok_ok", true).await;
    api.decide(&waiting, "approve").await;
    api.charge("pay_2", "CARD", "tok_failed_then_ok", false).await;
    child.kill().unwrap();
    child.wait().unwrap();

    let (mut child, api) = spawn(folder.path(), &webhook_url).await;
    shop.told("charge.captured", "pay_1").await;
    shop.told("charge.captured", "pay_2").await;
    let refund = json!({ "amount_minor": 1990, "reference": "ref_1" });
    assert_eq!(api.change(&waiting, "refunds", "r", refund).await.0, StatusCode::CREATED);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test]
async fn a_second_provider_on_one_ledger_is_refused() {
    let provider = Provider::start().await;
    let pairs = variables(provider.ledger_file().parent().unwrap(), "http://127.0.0.1:9/hook");
    let mut env = Env::from_pairs(pairs);
    let telemetry = Telemetry::install(&TelemetryConfig::read(&mut env));
    let config = sandbox_provider::Config::read(&mut env).unwrap();
    let refused = sandbox_provider::run(config, telemetry, Shutdown::new()).await.unwrap_err();
    assert!(refused.to_string().contains("is in use by another provider"), "{refused}");
}
