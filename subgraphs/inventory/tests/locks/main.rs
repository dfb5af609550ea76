//! Carts that meet in opposite orders, on a MySQL of their own: not one deadlock, by the server's count.
#![expect(clippy::unwrap_used, reason = "a panic in a test says what broke")]

#[expect(dead_code, reason = "the harness serves the other tests too")]
#[path = "../api/harness.rs"]
mod harness;

use futures_util::future::join_all;

use crate::harness::{Shop, new_order};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn carts_with_the_same_skus_in_opposite_order_never_deadlock() {
    let shop = Shop::open().await;
    for sku in ["A", "B", "C"] {
        shop.stock(sku, "main", 2_000).await;
    }
    let before = deadlocks(&shop).await;
    let carts = (0..200).map(|number| {
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
    assert_eq!(deadlocks(&shop).await, before);
    // 50 committed, 50 held, 100 given back
    assert_eq!(shop.level("A").await, (1_950, 50, 1_900));
    assert_eq!(shop.level("B").await, (1_900, 100, 1_800));
    shop.assert_books_balance().await;
}

async fn deadlocks(shop: &Shop) -> i64 {
    let mut connection = shop.world.database.connect().await;
    let (count,): (i64,) =
        sqlx::query_as("SELECT `COUNT` FROM information_schema.INNODB_METRICS WHERE NAME = 'lock_deadlocks'")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    count
}
