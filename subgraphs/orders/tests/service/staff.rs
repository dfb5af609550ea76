//! What staff do with orders, and what the machine does not let them do.

use serde_json::json;

use crate::harness::{Basket, Shop, codes, id};

#[tokio::test]
async fn only_edges_of_the_machine_are_offered_and_taken() {
    let shop = Shop::open().await;
    let order = id(&shop.place(&Basket::card()).await);
    let deliver = json!({ "id": order, "idempotencyKey": "deliver-0123456789" });
    assert_eq!(shop.order(&order).await["availableTransitions"], json!(["SHIPPED", "CANCELLED"]));
    assert_eq!(codes(&shop.mutate(&shop.staff, "orderDeliver", deliver.clone()).await), ["INVALID_TRANSITION"]);
    shop.mutate(&shop.staff, "orderShip", json!({ "id": order })).await;
    assert_eq!(codes(&shop.mutate(&shop.staff, "orderShip", json!({ "id": order })).await), ["INVALID_TRANSITION"]);
    assert_eq!(codes(&shop.cancel(&shop.customer, &order).await), ["INVALID_TRANSITION"]);
    assert_eq!(shop.order(&order).await["availableTransitions"], json!(["DELIVERED"]));
    let delivered = shop.mutate(&shop.staff, "orderDeliver", deliver).await;
    assert_eq!(delivered["order"]["status"], "DELIVERED", "a refused key may be used again");
    assert_eq!(shop.order(&order).await["availableTransitions"], json!([]));
}

#[tokio::test]
async fn cash_is_not_taken_when_payments_is_away() {
    let shop = Shop::open().await;
    let order = id(&shop.place(&Basket::cash()).await);
    shop.mutate(&shop.staff, "orderShip", json!({ "id": order })).await;
    shop.fakes.books().away = vec!["payments"];
    let deliver = "mutation($id: ID!) { orderDeliver(input: { id: $id, idempotencyKey: \"deliver-0123456789\" })
                     { order { status } } }";
    assert_eq!(shop.ask(Some(&shop.staff), deliver, json!({ "id": order })).await.code(), "UNAVAILABLE");
    assert_eq!(shop.order(&order).await["status"], "SHIPPED");
    shop.fakes.books().away.clear();
    let delivered = shop.ask(Some(&shop.staff), deliver, json!({ "id": order })).await.ok();
    assert_eq!(delivered["orderDeliver"]["order"]["status"], "DELIVERED");
}
