//! Customers who look on: the versions that a subscription brings, over as many connections as it takes.

use std::time::Duration;

use serde_json::{Value, json};
use souk_tests::{LIMIT, Shop, eventually, live::Live};

const WATCH: &str =
    "subscription($id: ID!, $after: String) { orderStatusChanged(orderId: $id, after: $after) { version } }";
/// A shop that refuses is not asked in a tight circle.
const PAUSE: Duration = Duration::from_millis(100);

/// One customer's view of one order.
pub struct Watcher<'a> {
    shop: &'a Shop,
    token: Option<&'a str>,
    order: &'a Value,
    live: Option<Live>,
    /// All that was told, also again.
    pub versions: Vec<u64>,
}

impl<'a> Watcher<'a> {
    pub const fn new(shop: &'a Shop, token: Option<&'a str>, order: &'a Value) -> Self {
        Self { shop, token, order, live: None, versions: Vec::new() }
    }

    /// Looks on until told of `version` or a later one. May be dropped and called again: what came stays.
    pub async fn until(&mut self, version: u64) {
        while self.versions.last().is_none_or(|last| *last < version) {
            let live = match &mut self.live {
                Some(live) => live,
                none => none.insert(connect(self.shop, self.token, self.order, self.versions.last()).await),
            };
            match live.next().await["data"]["orderStatusChanged"]["version"].as_u64() {
                Some(version) => self.versions.push(version),
                // Somebody on the way has died.
                None => {
                    self.live = None;
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

/// From the beginning, or from the version that was the last one told.
async fn connect(shop: &Shop, token: Option<&str>, order: &Value, after: Option<&u64>) -> Live {
    let variables = json!({ "id": order, "after": after.map(ToString::to_string) });
    eventually("a subscription", LIMIT, || Live::connect(&shop.ready.ws, token, WATCH, variables.clone())).await
}
