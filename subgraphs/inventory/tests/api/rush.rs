//! Many at once: nothing is oversold, nothing deadlocks.

use futures_util::future::join_all;
use serde_json::json;

use crate::harness::{Shop, hold_input, new_order};

const HOLD: &str = "mutation($input: ReservationHoldInput!) { reservationHold(input: $input) { held shortSkus } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_buyers_of_twenty_units_are_exactly_twenty_served() {
    let shop = Shop::open().await;
    shop.stock("RUSH", "main", 20).await;
    let buyers = (0..60).map(|_| async { shop.hold(new_order(), &[("RUSH", 1)]).await });
    let answers = join_all(buyers).await;
    assert_eq!(answers.iter().filter(|answer| answer["held"] == true).count(), 20);
    assert!(answers.iter().all(|answer| answer["held"] == true || answer["shortSkus"] == json!(["RUSH"])));
    assert_eq!(shop.level("RUSH").await, (20, 20, 0));
    shop.assert_books_balance().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn carts_with_the_same_skus_in_opposite_order_do_not_block_each_other() {
    let shop = Shop::open().await;
    for sku in ["A", "B", "C"] {
        shop.stock(sku, "main", 200).await;
    }
    let carts = (0..40).map(|number| {
        let lines = if number % 2 == 0 { [("A", 1), ("B", 2), ("C", 1)] } else { [("C", 1), ("B", 2), ("A", 1)] };
        let shop = &shop;
        async move {
            let order = new_order();
            assert_eq!(shop.hold(order, &lines).await["held"], true);
            match number % 4 {
                0 => assert!(shop.settle("commit", order).await),
                1 => assert!(shop.settle("release", order).await),
                2 => assert!(shop.settle("restock", order).await),
                _ => {}
            }
        }
    });
    join_all(carts).await;
    // 10 committed, 10 held, 20 given back
    assert_eq!(shop.level("A").await, (190, 10, 180));
    assert_eq!(shop.level("B").await, (180, 20, 160));
    shop.assert_books_balance().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_order_held_from_four_sides_is_held_once() {
    let shop = Shop::open().await;
    shop.stock("A", "main", 10).await;
    shop.stock("B", "main", 10).await;
    for _ in 0..5 {
        let variables = json!({ "input": hold_input(new_order(), &[("A", 1), ("B", 1)]) });
        let answers = join_all((0..4).map(|_| shop.service("orders", HOLD, variables.clone()))).await;
        for answer in answers {
            assert_eq!(answer.ok()["reservationHold"], json!({ "held": true, "shortSkus": [] }));
        }
    }
    assert_eq!(shop.level("A").await, (10, 5, 5));
    shop.assert_books_balance().await;
}
