//! Reservations from hold to their ends.

use serde_json::json;

use crate::harness::{Shop, hold_input, new_order};

const HOLD: &str =
    "mutation($input: ReservationHoldInput!) { reservationHold(input: $input) { held shortSkus expiresAt } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_confirmed_order_takes_its_units_and_a_cancelled_one_brings_them_back() {
    let shop = Shop::open().await;
    shop.stock("A", "main", 5).await;
    shop.stock("B", "main", 5).await;
    let order = new_order();
    let held = shop.hold(order, &[("A", 2), ("b", 1), ("A", 1)]).await;
    assert_eq!((&held["held"], &held["shortSkus"]), (&json!(true), &json!([])));
    assert!(held["expiresAt"].is_string());
    assert_eq!((shop.level("A").await, shop.level("B").await), ((5, 3, 2), (5, 1, 4)));
    for _ in 0..2 {
        assert!(shop.settle("commit", order).await);
        assert_eq!((shop.level("A").await, shop.level("B").await), ((2, 0, 2), (4, 0, 4)));
    }
    assert!(!shop.settle("release", order).await, "what was committed is not released");
    assert_eq!(shop.states(order).await, ["COMMITTED"; 3]);
    for _ in 0..2 {
        assert!(shop.settle("restock", order).await);
        assert_eq!((shop.level("A").await, shop.level("B").await), ((5, 0, 5), (5, 0, 5)));
    }
    assert!(!shop.settle("commit", order).await, "what came back is not committed again");
    assert_eq!(shop.states(order).await, ["RESTOCKED"; 3]);
    let movements = shop.staff("{ stockMovements(sku: \"A\") { kind delta } }", json!({})).await.ok();
    assert_eq!(
        movements["stockMovements"],
        json!([{ "kind": "RESTOCKED", "delta": 3 }, { "kind": "COMMITTED", "delta": -3 }, { "kind": "ADJUSTED", "delta": 5 }])
    );
    shop.assert_books_balance().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_is_all_or_nothing_and_asked_again_tells_what_stands() {
    let shop = Shop::open().await;
    shop.stock("A", "main", 5).await;
    shop.stock("B", "main", 1).await;
    let short = shop.hold(new_order(), &[("A", 1), ("B", 2), ("NONE", 1)]).await;
    assert_eq!(short, json!({ "held": false, "shortSkus": ["B", "NONE"], "expiresAt": null }));
    assert_eq!(shop.level("A").await, (5, 0, 5));

    let order = new_order();
    let variables = json!({ "input": hold_input(order, &[("A", 5), ("B", 1)]) });
    let first = shop.service("orders", HOLD, variables.clone()).await.ok();
    assert_eq!(first["reservationHold"]["held"], true);
    let again = shop.service("orders", HOLD, variables.clone()).await.ok();
    assert_eq!(again["reservationHold"]["held"], true);
    assert_eq!(shop.states(order).await, ["HELD"; 2], "the same hold twice is one reservation");
    assert_eq!(shop.level("A").await, (5, 5, 0));
    assert!(shop.settle("release", order).await);
    assert!(shop.settle("release", order).await);
    assert_eq!(shop.level("A").await, (5, 0, 5));
    let late = shop.service("orders", HOLD, variables).await.ok();
    assert_eq!(late["reservationHold"]["shortSkus"], json!(["A", "B"]), "a released order holds nothing again");
    assert!(shop.settle("release", new_order()).await, "an order that holds nothing is released already");
    assert!(!shop.settle("commit", new_order()).await);
    shop.assert_books_balance().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_is_extended_but_never_shortened() {
    let shop = Shop::open().await;
    shop.stock("A", "main", 1).await;
    let order = new_order();
    let before = shop.hold(order, &[("A", 1)]).await["expiresAt"].clone();
    let extend = "mutation($order: ID!, $ttl: Int!) { reservationExtend(orderId: $order, ttlSeconds: $ttl) }";
    let query = "query($order: ID!) { reservations(orderId: $order) { expiresAt } }";
    let id = json!(order.to_string());
    for (ttl, longer) in [(1, false), (3_600, true)] {
        let data = shop.service("orders", extend, json!({ "order": id, "ttl": ttl })).await.ok();
        assert_eq!(data["reservationExtend"], true);
        let data = shop.service("orders", query, json!({ "order": id })).await.ok();
        let after = &data["reservations"][0]["expiresAt"];
        assert_eq!(after.as_str() > before.as_str(), longer, "{after} {before}");
    }
    assert!(shop.settle("release", order).await);
    let data = shop.service("orders", extend, json!({ "order": id, "ttl": 60 })).await.ok();
    assert_eq!(data["reservationExtend"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_that_comes_after_the_end_of_its_order_is_refused() {
    let shop = Shop::open().await;
    shop.stock("A", "main", 5).await;
    for end in ["release", "restock"] {
        let order = new_order();
        for _ in 0..2 {
            assert!(shop.settle(end, order).await);
        }
        let late = shop.hold(order, &[("A", 1), ("A", 2)]).await;
        assert_eq!(late, json!({ "held": false, "shortSkus": ["A"], "expiresAt": null }), "{end}");
        assert_eq!(shop.states(order).await, [""; 0]);
    }
    assert_eq!(shop.level("A").await, (5, 0, 5));
    assert!(!shop.settle("commit", new_order()).await, "a commit is no end");
    shop.assert_books_balance().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hold_and_a_release_at_the_same_time_leave_nothing_held() {
    let shop = Shop::open().await;
    shop.stock("A", "main", 100).await;
    let orders: Vec<_> = (0..40).map(|_| new_order()).collect();
    let races = orders.iter().map(|order| async {
        tokio::join!(shop.hold(*order, &[("A", 1)]), shop.settle("release", *order));
    });
    futures_util::future::join_all(races).await;
    assert_eq!(shop.level("A").await, (100, 0, 100));
    shop.assert_books_balance().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_that_is_asked_again_counts_from_now() {
    let shop = Shop::open().await;
    shop.stock("A", "main", 1).await;
    let order = new_order();
    shop.hold(order, &[("A", 1)]).await;
    // As when its caller was away for almost all of the time.
    shop.reservation_ends_in(order, 5).await;
    let query = "query($order: ID!) { reservations(orderId: $order) { expiresAt } }";
    let ends = || async {
        let data = shop.service("orders", query, json!({ "order": order.to_string() })).await.ok();
        data["reservations"][0]["expiresAt"].as_str().unwrap().to_owned()
    };
    let before = ends().await;
    let again = shop.hold(order, &[("A", 1)]).await;
    assert_eq!((&again["held"], &again["expiresAt"]), (&json!(true), &json!(ends().await)));
    assert!(ends().await > before, "the caller relies on the time that it asked for");
    assert_eq!(shop.level("A").await, (1, 1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reservations_are_made_by_orders_only_and_with_sound_lines() {
    let shop = Shop::open().await;
    shop.stock("A", "main", 5).await;
    let variables = json!({ "input": hold_input(new_order(), &[("A", 1)]) });
    assert_eq!(shop.service("payments", HOLD, variables.clone()).await.code(), "FORBIDDEN");
    assert_eq!(shop.staff(HOLD, variables.clone()).await.code(), "FORBIDDEN");
    assert_eq!(shop.ask(HOLD, variables).await.code(), "FORBIDDEN");
    for lines in [vec![], vec![("A", 0)], vec![("A", -1)], vec![("A", 1_001)], vec![("a b", 1)]] {
        let variables = json!({ "input": hold_input(new_order(), &lines) });
        assert_eq!(shop.service("orders", HOLD, variables).await.code(), "BAD_USER_INPUT", "{lines:?}");
    }
    let mut foreign = hold_input(new_order(), &[("A", 1)]);
    foreign["orderId"] = json!("pay_00000000000000000000000007");
    assert_eq!(shop.service("orders", HOLD, json!({ "input": foreign })).await.code(), "BAD_USER_INPUT");
    assert_eq!(shop.level("A").await, (5, 0, 5));
}
