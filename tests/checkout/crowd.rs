//! Many at once: stock is never sold twice, one key is one order. At the end of each test the whole shop is verified.

use futures_util::future::join_all;
use serde_json::json;
use souk_tests::{
    Seen,
    client::{CARD, cart},
    goods, shared,
};

#[tokio::test(flavor = "multi_thread")]
async fn sixty_buyers_of_twenty_units_give_exactly_twenty_confirmed_orders() {
    let shop = shared().await;
    let (customer, staff) = (shop.anonymous().register().await, shop.login("staff").await);
    let sku = goods::product(&staff, 20).await;
    let seen = Seen::default();
    let placed = join_all((0..60).map(|_| async {
        let input = cart(&sku, 1, CARD);
        let payload = customer.place(input.clone()).await;
        seen.placed(&payload["order"]["id"], &input);
        payload
    }))
    .await;
    let mut confirmed = 0;
    for payload in &placed {
        if payload["userErrors"].as_array().is_some_and(Vec::is_empty) {
            customer.order_in(&payload["order"]["id"], "CONFIRMED").await;
            confirmed += 1;
        } else {
            assert_eq!(payload["userErrors"][0]["code"], "OUT_OF_STOCK", "{payload}");
            assert_eq!(payload["order"]["status"], "REJECTED", "{payload}");
        }
    }
    assert_eq!(confirmed, 20);
    goods::settles(&staff, &sku, (0, 0)).await;
    shop.verify_seen(&seen).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_sent_eight_times_in_parallel_gives_one_order() {
    let shop = shared().await;
    let (customer, staff) = (shop.anonymous().register().await, shop.login("staff").await);
    let sku = goods::product(&staff, 20).await;
    let input = cart(&sku, 1, CARD);
    let placed = join_all((0..8).map(|_| customer.place(input.clone()))).await;
    let ids: std::collections::BTreeSet<_> = placed.iter().map(|payload| payload["order"]["id"].to_string()).collect();
    assert_eq!(ids.len(), 1, "{placed:#?}");
    customer.order_in(&placed[0]["order"]["id"], "CONFIRMED").await;
    goods::settles(&staff, &sku, (19, 0)).await;

    let mut other = input.clone();
    other["lines"][0]["quantity"] = json!(2);
    let refused = customer.place(other).await;
    assert_eq!(refused["userErrors"][0]["code"], "IDEMPOTENCY_KEY_REUSED", "{refused}");

    let seen = Seen::default();
    for payload in &placed {
        seen.placed(&payload["order"]["id"], &input);
    }
    shop.verify_seen(&seen).await;
}
