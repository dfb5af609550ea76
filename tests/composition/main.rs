//! A subgraph of somebody else joins the running shop, clashes with it, and leaves.

#![expect(clippy::unwrap_used, reason = "a panic in a test says what broke")]

use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use souk_tests::{LIMIT, Shop, until};

/// The test subgraph as a process; ended when dropped.
struct Guest(Child);

impl Guest {
    fn join(shop: &Shop, schema: &str) -> Self {
        let secrets: Value =
            serde_json::from_slice(&std::fs::read(shop.data().join("trust/discovery.json")).unwrap()).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_test-subgraph"))
            .args(["--schema", schema, "--discovery", &shop.ready.discovery])
            .env("SOUK_DISCOVERY_SECRET", secrets["reviews"].as_str().unwrap())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    /// Asks it to stop: it leaves discovery first.
    fn leave(mut self) {
        Command::new("kill").arg("-TERM").arg(self.0.id().to_string()).status().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn answers(shop: &Shop, query: &str) -> bool {
    let answer = shop.anonymous().send(query, json!({})).await;
    answer.errors.is_empty() && !answer.data.is_null()
}

async fn refusals(shop: &Shop) -> String {
    let state: Value = reqwest::get(format!("{}/admin/supergraph", shop.ready.admin.trim_end_matches('/')))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    state["refusals"].to_string()
}

const PRODUCTS: &str = "{ products(first: 1) { nodes { title } } }";
const RATED: &str = "{ products(first: 2) { nodes { title rating } } }";

#[tokio::test(flavor = "multi_thread")]
async fn a_subgraph_joins_a_clashing_one_is_refused_and_fields_go_when_it_leaves() {
    let shop = Shop::start(&["--app", "reviews"]).await;
    let router = shop.now().pids["router"];
    assert!(!answers(&shop, RATED).await, "nobody knows ratings yet");

    let guest = Guest::join(&shop, "reviews");
    until("the new field", LIMIT, || answers(&shop, RATED)).await;
    let data = shop.anonymous().ask(RATED, json!({})).await;
    assert!(data["products"]["nodes"][0]["rating"].is_number(), "{data}");

    guest.leave();
    until("the field's end", LIMIT, || async { !answers(&shop, RATED).await }).await;
    assert!(answers(&shop, PRODUCTS).await, "the rest of the graph stays");

    let clashing = Guest::join(&shop, "clash");
    until("the refusal, with its name", LIMIT, || async { refusals(&shop).await.contains("reviews") }).await;
    assert!(answers(&shop, PRODUCTS).await, "the last good graph serves on");
    assert!(!answers(&shop, RATED).await);
    clashing.leave();

    assert_eq!(shop.now().pids["router"], router, "the router was never restarted");
}
