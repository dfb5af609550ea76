//! Processes killed with -9 while customers check out: nothing is lost, nothing is sold twice.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use souk_tests::{
    Client, LIMIT, Seen, Shop,
    client::{CARD, cart},
    eventually, goods, until,
};

const ORDERS: usize = 40;

/// Places one order and, whatever happens on the way, asks again with the same key until it is told.
async fn place_until_told(customer: &Client, input: Value) -> Value {
    eventually("an answer to orderPlace", LIMIT, || async {
        let query = "mutation($input: OrderPlaceInput!) { orderPlace(input: $input) { order { id } userErrors { code message } } }";
        let answer = customer.send(query, json!({ "input": input.clone() })).await;
        answer.data["orderPlace"]["order"]["id"].is_string().then(|| answer.data["orderPlace"]["order"]["id"].clone())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_payments_and_inventory_killed_during_forty_checkouts_lose_nothing() {
    let shop = Shop::start(&[]).await;
    let (customer, staff) = (shop.anonymous().register().await, shop.login("staff").await);
    let sku = goods::product(&staff, 100).await;
    let (told, seen, watch) = (Arc::new(AtomicUsize::new(0)), Seen::default(), shop.watch());

    let checkouts = stream::iter(0..ORDERS)
        .map(|_| {
            let (customer, told, input) = (customer.clone(), told.clone(), cart(&sku, 1, CARD));
            let seen = &seen;
            async move {
                let id = place_until_told(&customer, input.clone()).await;
                seen.placed(&id, &input);
                told.fetch_add(1, Ordering::SeqCst);
                id
            }
        })
        .buffer_unordered(4)
        .collect::<Vec<_>>();
    let kills = async {
        for (part, after) in [("orders", 5), ("payments", 15), ("inventory", 25)] {
            until("the next kill's turn", LIMIT, || std::future::ready(told.load(Ordering::SeqCst) >= after)).await;
            let old = shop.kill(part).await;
            shop.restarted(part, old).await;
        }
    };
    let (ids, ()) = tokio::join!(checkouts, kills);

    let distinct: std::collections::BTreeSet<_> = ids.iter().map(ToString::to_string).collect();
    assert_eq!(distinct.len(), ORDERS, "each key is one order");
    for id in &ids {
        let order = customer.order_in(id, "CONFIRMED").await;
        assert_eq!(order["paymentStatus"], "CAPTURED");
        let captured =
            order["payments"].as_array().unwrap().iter().filter(|payment| payment["state"] == "CAPTURED").count();
        assert_eq!(captured, 1, "charged once: {order}");
    }
    goods::settles(&staff, &sku, (100 - i64::try_from(ORDERS).unwrap(), 0)).await;
    watch.end().await;
    shop.verify_seen(&seen).await;
}
