//! The live status of an order: from Kafka over WebSocket, whichever replica made the change.

#![expect(clippy::unwrap_used, reason = "a panic in a test says what broke")]

use serde_json::{Value, json};
use souk_tests::{
    Shop,
    client::{CARD, cart, key},
    goods,
    live::{Live, WATCH},
};
use tokio::sync::OnceCell;

/// Two replicas of orders: the one that tells is often not the one that changed.
async fn shop() -> &'static Shop {
    static SHOP: OnceCell<Shop> = OnceCell::const_new();
    SHOP.get_or_init(|| Shop::start(&["--replicas", "orders=2"])).await
}

fn versions(events: &[Value]) -> Vec<i64> {
    events.iter().map(|event| event["version"].as_i64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_snapshot_comes_first_and_versions_strictly_rise_across_replicas() {
    let shop = shop().await;
    assert!(shop.ready.pids.contains_key("orders-2"), "{:?}", shop.ready.pids);
    let (customer, staff) = (shop.anonymous().register().await, shop.login("staff").await);
    let sku = goods::product(&staff, 50).await;
    // Twelve orders: the balancer gives the mutations and the subscriptions to both replicas.
    for _ in 0..12 {
        let placed = customer.place(cart(&sku, 1, CARD)).await;
        let id = &placed["order"]["id"];
        let mut live = Live::open(&shop.ready.ws, customer.token.as_deref(), WATCH, json!({ "id": id })).await;
        let mut seen = live.until_status("CONFIRMED").await;
        staff.change("orderShip", "OrderShipInput", json!({ "id": id })).await;
        seen.extend(live.until_status("SHIPPED").await);
        staff.change("orderDeliver", "OrderDeliverInput", json!({ "id": id, "idempotencyKey": key() })).await;
        seen.extend(live.until_status("DELIVERED").await);

        let versions = versions(&seen);
        assert!(versions.windows(2).all(|pair| pair[0] < pair[1]), "{versions:?}");
        let order = customer.order(id).await;
        assert_eq!(versions.last().copied(), order["version"].as_i64(), "the last event equals the database");
        // Data of other subgraphs in each event.
        assert!(seen[0]["order"]["customer"]["email"].is_string(), "{}", seen[0]);
        assert!(seen.last().unwrap()["order"]["payments"][0]["state"] == "CAPTURED", "{seen:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_gives_what_was_missed() {
    let shop = shop().await;
    let (customer, staff) = (shop.anonymous().register().await, shop.login("staff").await);
    let sku = goods::product(&staff, 5).await;
    let placed = customer.place(cart(&sku, 1, CARD)).await;
    let id = &placed["order"]["id"];
    customer.order_in(id, "CONFIRMED").await;
    let mut live =
        Live::open(&shop.ready.ws, customer.token.as_deref(), WATCH, json!({ "id": id, "after": "1" })).await;
    let missed = live.until_status("CONFIRMED").await;
    let versions = versions(&missed);
    assert_eq!(versions[0], 2, "the history after version 1: {versions:?}");
    assert!(versions.windows(2).all(|pair| pair[0] + 1 == pair[1]), "without gaps: {versions:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_may_see_an_order_may_watch_it() {
    let shop = shop().await;
    let (customer, staff) = (shop.anonymous().register().await, shop.login("staff").await);
    let sku = goods::product(&staff, 5).await;
    let placed = customer.place(cart(&sku, 1, CARD)).await;
    let id = &placed["order"]["id"];
    let stranger = shop.anonymous().register().await;
    for token in [None, stranger.token.as_deref()] {
        let mut live = Live::open(&shop.ready.ws, token, WATCH, json!({ "id": id })).await;
        let answer = live.next().await;
        assert!(answer["data"]["orderStatusChanged"].is_null(), "{answer}");
        assert!(
            answer.to_string().contains("NOT_FOUND")
                || answer.to_string().contains("FORBIDDEN")
                || answer.to_string().contains("UNAUTHENTICATED"),
            "{answer}"
        );
    }
    let mut live = Live::open(&shop.ready.ws, staff.token.as_deref(), WATCH, json!({ "id": id })).await;
    live.until_status("CONFIRMED").await;
}
