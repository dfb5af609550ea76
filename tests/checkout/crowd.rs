//! Many at once: stock is never sold twice, one key is one order. At the end of each test the whole shop is verified.

use futures_util::future::join_all;
use serde_json::{Value, json};
use souk_tests::{
    Client, LIMIT, Seen,
    client::{CARD, cart},
    eventually, goods, shared,
};

/// How often each crowd comes; docs/FAULTS.md says when it is more than once.
fn times() -> usize {
    std::env::var("CROWD_TIMES").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}

/// Places an order and gives it as it ended. Who is refused is told why; who is told before the end may see it later.
async fn buy(customer: &Client, seen: &Seen, input: Value) -> Value {
    let payload = customer.place(input.clone()).await;
    let id = &payload["order"]["id"];
    seen.placed(id, &input);
    if payload["order"]["status"] == "REJECTED" || payload["userErrors"] != json!([]) {
        assert_eq!(payload["userErrors"][0]["code"], "OUT_OF_STOCK", "{payload}");
        assert_eq!(payload["order"]["status"], "REJECTED", "{payload}");
    }
    eventually("the end of a checkout", LIMIT, || async {
        let order = customer.order(id).await;
        (order["status"] == "CONFIRMED" || order["status"] == "REJECTED").then_some(order)
    })
    .await
}

fn confirmed(orders: &[Value]) -> usize {
    orders.iter().filter(|order| order["status"] == "CONFIRMED" && order["paymentStatus"] == "CAPTURED").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_buyers_of_the_last_twenty_units_give_exactly_twenty_confirmed_orders() {
    let shop = shared().await;
    let (customer, staff, seen) = (shop.anonymous().register().await, shop.login("staff").await, Seen::default());
    for _ in 0..times() {
        let sku = goods::product(&staff, 20).await;
        let orders = join_all((0..200).map(|_| buy(&customer, &seen, cart(&sku, 1, CARD)))).await;
        assert_eq!(confirmed(&orders), 20);
        goods::settles(&staff, &sku, (0, 0)).await;
    }
    shop.verify_seen(&seen).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn carts_of_opposite_order_take_whole_carts_and_nothing_between() {
    let shop = shared().await;
    let (customer, staff, seen) = (shop.anonymous().register().await, shop.login("staff").await, Seen::default());
    for _ in 0..times() {
        let skus = [goods::product(&staff, 20).await, goods::product(&staff, 20).await];
        let orders = join_all((0..60).map(|number| {
            let mut input = cart("", 1, CARD);
            let line = |sku: &String| json!({ "sku": sku, "quantity": 1 });
            let mut lines = skus.iter().map(line).collect::<Vec<_>>();
            lines.rotate_left(number % 2);
            input["lines"] = json!(lines);
            buy(&customer, &seen, input)
        }))
        .await;
        assert_eq!(confirmed(&orders), 20);
        for sku in &skus {
            goods::settles(&staff, sku, (0, 0)).await;
        }
    }
    shop.verify_seen(&seen).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_cart_from_four_tabs_is_four_orders_as_far_as_the_stock_goes() {
    let shop = shared().await;
    let (customer, staff, seen) = (shop.anonymous().register().await, shop.login("staff").await, Seen::default());
    for _ in 0..times() {
        let sku = goods::product(&staff, 6).await;
        let orders = join_all((0..4).map(|_| buy(&customer, &seen, cart(&sku, 2, CARD)))).await;
        assert_eq!(confirmed(&orders), 3);
        goods::settles(&staff, &sku, (0, 0)).await;
    }
    shop.verify_seen(&seen).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_sent_eight_times_in_parallel_gives_one_order() {
    let shop = shared().await;
    let (customer, staff) = (shop.anonymous().register().await, shop.login("staff").await);
    let seen = Seen::default();
    for _ in 0..times() {
        let sku = goods::product(&staff, 20).await;
        let input = cart(&sku, 1, CARD);
        let placed = join_all((0..8).map(|_| customer.place(input.clone()))).await;
        let ids: std::collections::BTreeSet<_> =
            placed.iter().map(|payload| payload["order"]["id"].to_string()).collect();
        assert_eq!(ids.len(), 1, "{placed:#?}");
        customer.order_in(&placed[0]["order"]["id"], "CONFIRMED").await;
        goods::settles(&staff, &sku, (19, 0)).await;

        let mut other = input.clone();
        other["lines"][0]["quantity"] = json!(2);
        let refused = customer.place(other).await;
        assert_eq!(refused["userErrors"][0]["code"], "IDEMPOTENCY_KEY_REUSED", "{refused}");
        for payload in &placed {
            seen.placed(&payload["order"]["id"], &input);
        }
    }
    shop.verify_seen(&seen).await;
}
