//! Bad input: a clear error with a code, and nothing created.

use serde_json::json;
use sqlx::Row as _;

use crate::harness::{Basket, Shop, codes};

async fn orders(shop: &Shop) -> i64 {
    let mut database = shop.world.database.connect().await;
    sqlx::query("SELECT COUNT(*) FROM orders").fetch_one(&mut database).await.unwrap().get(0)
}

#[tokio::test]
async fn what_cannot_be_ordered_creates_nothing() {
    let shop = Shop::open().await;
    let one = |sku: &str, quantity: i64| Basket::of(json!([{ "sku": sku, "quantity": quantity }]));
    let cases = [
        (one("NO-SUCH-SKU", 1), "UNKNOWN_SKU", json!(["lines", "0", "sku"])),
        (one("no such sku!", 1), "UNKNOWN_SKU", json!(["lines", "0", "sku"])),
        (one("OLD", 1), "UNKNOWN_SKU", json!(["lines", "0", "sku"])),
        (one("MUG", 0), "INVALID", json!(["lines", "0", "quantity"])),
        (one("MUG", 1_000_000), "INVALID", json!(["lines", "0", "quantity"])),
        (one("RUPEE", 1), "INVALID", json!(["currencyCode"])),
        (Basket::of(json!([])), "INVALID", json!(["lines"])),
        (Basket { coupon: Some("NOPE"), ..Basket::card() }, "INVALID", json!(["couponCode"])),
        (Basket { email: Some("asha"), ..Basket::card() }, "INVALID", json!(["email"])),
        (Basket { city: "  ", ..Basket::card() }, "INVALID", json!(["shippingAddress", "city"])),
        (Basket { token: Some("4111 1111 1111 1111"), ..Basket::card() }, "INVALID", json!(["payment", "token"])),
        (Basket { token: None, ..Basket::card() }, "INVALID", json!(["payment", "token"])),
    ];
    for (basket, code, field) in cases {
        let refused = shop.place(&basket).await;
        assert!(refused["order"].is_null(), "{refused}");
        assert_eq!((codes(&refused), &refused["userErrors"][0]["field"]), (vec![code.to_owned()], &field), "{refused}");
    }
    assert_eq!((orders(&shop).await, shop.fakes.books().count("ReservationHold")), (0, 0));
}

#[tokio::test]
async fn every_fault_of_a_basket_is_told_at_once() {
    let shop = Shop::open().await;
    let lines = json!([{ "sku": "MUG", "quantity": 0 }, { "sku": "TEE", "quantity": 5000 }]);
    let refused = shop.place(&Basket { city: "", email: Some("@"), ..Basket::of(lines) }).await;
    assert_eq!(codes(&refused).len(), 4, "{refused}");
}

#[tokio::test]
async fn a_guest_without_an_email_is_asked_for_it() {
    let shop = Shop::open().await;
    let refused = shop.place_as(None, &Basket::card()).await;
    assert_eq!((codes(&refused), &refused["userErrors"][0]["field"]), (vec!["INVALID".to_owned()], &json!(["email"])));
}

#[tokio::test]
async fn malformed_keys_ids_and_tokens_are_faults_of_the_request() {
    let shop = Shop::open().await;
    for key in ["short", "", "with spaces in it it is no key"] {
        let answer = shop.try_place(Some(&shop.customer), &Basket { key: key.to_owned(), ..Basket::card() }).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{key}");
    }
    let answer = shop.ask(Some(&shop.customer), "{ order(id: \"ord_x\") { id } }", json!({})).await;
    assert_eq!(answer.code(), "BAD_USER_INPUT");
    let answer = shop.ask(Some("forged"), "{ order(id: \"ord_x\") { id } }", json!({})).await;
    assert_eq!(answer.code(), "UNAUTHENTICATED");
    assert_eq!(orders(&shop).await, 0);
}

#[tokio::test]
async fn products_away_is_no_refusal() {
    let shop = Shop::open().await;
    shop.fakes.books().away = vec!["products"];
    let basket = Basket::card();
    assert_eq!(shop.try_place(Some(&shop.customer), &basket).await.code(), "UNAVAILABLE");
    shop.fakes.books().away.clear();
    let placed = shop.place(&basket).await;
    assert_eq!(placed["order"]["status"], "CONFIRMED", "the same key may try again");
}
