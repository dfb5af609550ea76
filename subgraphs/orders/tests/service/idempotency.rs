//! One key, one order.

use futures_util::future::join_all;
use serde_json::json;
use sqlx::Row as _;

use crate::harness::{Basket, Shop, codes, id};

#[tokio::test]
async fn one_key_eight_times_in_parallel_is_one_order() {
    let shop = Shop::open().await;
    let basket = Basket::card();
    let answers = join_all((0..8).map(|_| shop.place(&basket))).await;
    let first = id(&answers[0]);
    for answer in &answers {
        assert_eq!((id(answer), answer["order"]["status"].as_str()), (first.clone(), Some("CONFIRMED")));
    }
    let mut database = shop.world.database.connect().await;
    let orders: i64 = sqlx::query("SELECT COUNT(*) FROM orders").fetch_one(&mut database).await.unwrap().get(0);
    assert_eq!((orders, shop.fakes.books().stock["MUG"]), (1, 98));
}

#[tokio::test]
async fn a_key_with_another_input_is_refused() {
    let shop = Shop::open().await;
    let basket = Basket::card();
    shop.place(&basket).await;
    let other = Basket { lines: json!([{ "sku": "MUG", "quantity": 3 }]), ..basket.clone() };
    let refused = shop.place(&other).await;
    assert_eq!((codes(&refused), refused["order"].is_null()), (vec!["IDEMPOTENCY_KEY_REUSED".to_owned()], true));
}

#[tokio::test]
async fn keys_of_different_people_do_not_meet() {
    let shop = Shop::open().await;
    let basket = Basket { email: Some("one@example.com"), ..Basket::card() };
    let mine = id(&shop.place(&basket).await);
    let guest = shop.place_as(None, &basket).await;
    let other = shop.place_as(None, &Basket { email: Some("two@example.com"), ..basket.clone() }).await;
    let again = shop.place_as(None, &basket).await;
    assert_ne!(mine, id(&guest));
    assert_ne!(id(&guest), id(&other));
    assert_eq!(id(&guest), id(&again));
    assert!(again["guestToken"].is_string(), "a guest who got no answer gets the token with the replay");
}
