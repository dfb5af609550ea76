//! Many at once: nothing is oversold.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use souk_testing::{World, until};

use crate::harness::{Shop, hold_input, new_order};

const HOLD: &str = "mutation($input: ReservationHoldInput!) { reservationHold(input: $input) { held shortSkus } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_buyers_of_twenty_units_are_exactly_twenty_served() {
    let mut world = World::new("inventory").await;
    world.set("SOUK_MYSQL_POOL", 64);
    let shop = Shop::open_in(world).await;
    shop.stock("RUSH", "main", 20).await;
    // The row is locked until all sixty have seen twenty units and wait for it.
    let mut gate = shop.world.database.connect().await;
    sqlx::raw_sql("START TRANSACTION; SELECT * FROM stock WHERE sku = 'RUSH' FOR UPDATE")
        .execute(&mut gate)
        .await
        .unwrap();
    let buyers = join_all((0..60).map(|_| async { shop.hold(new_order(), &[("RUSH", 1)]).await }));
    let rush = async {
        until("all sixty wait for the row", Duration::from_secs(4), || async { waiting(&shop).await == 60 }).await;
        sqlx::raw_sql("COMMIT").execute(&mut gate).await.unwrap();
    };
    let (answers, ()) = tokio::join!(buyers, rush);
    assert_eq!(answers.iter().filter(|answer| answer["held"] == true).count(), 20);
    assert!(answers.iter().all(|answer| answer["held"] == true || answer["shortSkus"] == json!(["RUSH"])));
    assert_eq!(shop.level("RUSH").await, (20, 20, 0));
    shop.assert_books_balance().await;
}

/// Updates of this shop's stock that wait for a lock.
async fn waiting(shop: &Shop) -> usize {
    let activities = shop.world.database.activities().await;
    activities.iter().filter(|activity| activity.statement.starts_with("UPDATE stock")).count()
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
