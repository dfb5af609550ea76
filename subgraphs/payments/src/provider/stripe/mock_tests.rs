//! Against stripe-mock, which holds each request to Stripe's own OpenAPI description and answers with its examples. It
//! keeps nothing, so what is asserted is that it takes what we send and that we can read what it answers.

use std::{path::PathBuf, process::Stdio, time::Duration};

use chrono::TimeDelta;
use serde_json::Value;
use souk_contracts::RefundId;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use super::{
    super::{ChargeRef, Provider as _, ProviderError, refused},
    adapter::StripeSettings,
    http::Http,
    tests::{KEY, is_unknown, paid_ago, request},
    *,
};
use crate::domain::Method;

const LIMIT: Duration = Duration::from_secs(30);
const LISTENS: &str = "Listening for HTTP at address: ";

/// The running mock; it ends with the test.
struct StripeMock {
    url: String,
    _process: Child,
}

impl StripeMock {
    async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]).arg(binary()).arg("-strict-version-check");
        command.args(["-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0"]);
        let mut process = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if let Some(address) = line.strip_prefix(LISTENS) {
                    return address.to_owned();
                }
            }
            panic!("stripe-mock ended before it listened")
        };
        let address = tokio::time::timeout(LIMIT, address).await.expect("stripe-mock listens in time");
        // It writes a line a request, and would wait for a reader.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { url: format!("http://{address}"), _process: process }
    }

    fn settings(&self, api_key: &str) -> StripeSettings {
        StripeSettings {
            url: self.url.parse().unwrap(),
            api_key: api_key.into(),
            return_url: "https://shop.example/back".parse().unwrap(),
            timeout: LIMIT,
        }
    }

    fn provider(&self) -> StripeProvider {
        StripeProvider::new(self.settings("sk_test_123")).unwrap()
    }
}

fn binary() -> PathBuf {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../.souk/tools/bin/stripe-mock");
    assert!(path.exists(), "stripe-mock is missing: `make setup INTEROP=1` installs it");
    path
}

#[tokio::test]
async fn what_we_send_is_what_stripe_describes() {
    let mock = StripeMock::start().await;
    let stripe = mock.provider();
    let payment = paid_ago(TimeDelta::zero());
    for method in [Method::Card, Method::Wallet] {
        let made = stripe.charge(KEY, &request(method, Some("pm_card_visa"))).await.unwrap();
        assert!(made.id.starts_with("pi_"), "{made:?}");
    }
    let charge = ChargeRef { payment, id: "pi_1" };
    for found in [
        stripe.capture("k", charge).await,
        stripe.void("k", charge).await,
        stripe.refund("k", charge, RefundId(uuid::Uuid::from_u128(3)), 500).await,
        stripe.find(payment, Some("pi_1")).await.map(Option::unwrap),
    ] {
        let found = found.unwrap();
        assert_eq!(found.reference, payment.to_string());
        assert!(found.id.starts_with("pi_"), "{found:?}");
    }
}

#[tokio::test]
async fn the_search_is_one_that_stripe_answers() {
    let mock = StripeMock::start().await;
    // Its example is not ours. A search that it turned away would be no answer at this age.
    let found = mock.provider().find(paid_ago(TimeDelta::hours(26)), None).await;
    assert_eq!(found, Err(refused("never_charged")));
}

#[tokio::test]
async fn the_mock_turns_away_what_stripe_would() {
    let mock = StripeMock::start().await;
    let http = Http::new(&mock.settings("sk_test_123")).unwrap();
    for form in [
        [("amount", "many"), ("currency", "eur")],
        [("amount", "1"), ("curency", "eur")],
        [("amount", "1"), ("capture_method", "by hand")],
    ] {
        let error = http.post::<Value>("/v1/payment_intents", KEY, &form).await.unwrap_err();
        assert!(matches!(error, ProviderError::Refused { .. }), "{form:?}: {error}");
    }
    let stranger = StripeProvider::new(mock.settings("pk_live_1")).unwrap();
    assert!(is_unknown(&stranger.charge(KEY, &request(Method::Card, Some("pm_1"))).await));
}
