//! The change feed.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::running::{ORDERS, Registry};

/// Reads events from the open feed.
struct Reader {
    answer: Response,
    text: String,
}

impl Reader {
    async fn open(registry: &Registry) -> Self {
        let answer = registry.client.get(format!("http://{}/eureka/changes", registry.address)).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self { answer, text: String::new() }
    }

    /// The next event: its name and data; None when the feed ended.
    async fn next(&mut self) -> Option<(String, Value)> {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                let parsed = field("event: ").zip(field("data: "));
                self.text = String::from(rest);
                if let Some((name, data)) = parsed {
                    return Some((name, serde_json::from_str(&data).unwrap()));
                }
                continue;
            }
            let chunk =
                tokio::time::timeout_at(deadline, self.answer.chunk()).await.expect("no event in 10 s").unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

#[tokio::test]
async fn the_feed_starts_with_a_snapshot_mark_and_tells_each_change() {
    let registry = Registry::start().await;
    let mut reader = Reader::open(&registry).await;
    assert_eq!(reader.next().await.unwrap(), ("snapshot".to_owned(), json!({"version": 1})));
    registry.register_with(&[("instanceId", "a".into())]).await;
    registry.write(Method::PUT, "/apps/ORDERS/a/status?value=DOWN", ORDERS).await;
    registry.write(Method::DELETE, "/apps/ORDERS/a", ORDERS).await;
    for (version, action, status) in [(2, "ADDED", "UP"), (3, "MODIFIED", "DOWN"), (4, "DELETED", "DOWN")] {
        let data = json!({"version": version, "app": "ORDERS", "instanceId": "a", "action": action, "status": status});
        assert_eq!(reader.next().await.unwrap(), ("change".to_owned(), data));
    }
    let mut late = Reader::open(&registry).await;
    assert_eq!(late.next().await.unwrap(), ("snapshot".to_owned(), json!({"version": 4})));
}

#[tokio::test]
async fn the_feed_ends_when_the_registry_stops() {
    let registry = Registry::start().await;
    let mut reader = Reader::open(&registry).await;
    reader.next().await.unwrap();
    registry.stop();
    assert_eq!(reader.next().await, None);
}

#[tokio::test]
async fn feeds_beyond_the_limit_are_refused() {
    let registry = Registry::start_with(&[("SOUK_DISCOVERY_MAX_FEEDS", "1")]).await;
    let _open = Reader::open(&registry).await;
    assert_eq!(registry.get("/changes", "*/*").await.status(), 503);
}
