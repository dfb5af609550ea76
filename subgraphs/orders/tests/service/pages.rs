//! Lists of orders.

use serde_json::json;
use souk_contracts::CustomerId;

use crate::harness::{Basket, Shop, id};

const PAGE: &str = "query($first: Int, $after: String, $status: OrderStatus) {
    orders(first: $first, after: $after, status: $status) {
        totalCount nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } }";

#[tokio::test]
async fn pages_follow_each_other_newest_first() {
    let shop = Shop::open().await;
    let mut placed = Vec::new();
    for _ in 0..5 {
        placed.push(id(&shop.place(&Basket::card()).await));
    }
    placed.reverse();
    let (mut seen, mut after) = (Vec::new(), json!(null));
    loop {
        let page = shop.ask(Some(&shop.staff), PAGE, json!({ "first": 2, "after": after })).await.ok();
        let page = &page["orders"];
        assert_eq!(page["totalCount"], 5);
        seen.extend(page["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()));
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(seen, placed);
    let none = shop.ask(Some(&shop.staff), PAGE, json!({ "status": "SHIPPED" })).await.ok();
    assert_eq!(none["orders"]["totalCount"], 0);
    for bad in [json!({ "first": 0 }), json!({ "first": 101 }), json!({ "after": "nonsense" })] {
        assert_eq!(shop.ask(Some(&shop.staff), PAGE, bad).await.code(), "BAD_USER_INPUT");
    }
    assert_eq!(shop.ask(Some(&shop.customer), PAGE, json!({})).await.code(), "FORBIDDEN");
}

#[tokio::test]
async fn customers_see_their_own_orders_and_staff_everybodys() {
    let shop = Shop::open().await;
    let customer = CustomerId(uuid::Uuid::new_v4());
    let token = shop.world.identity.customer_token(customer);
    let mine = id(&shop.place_as(Some(&token), &Basket::card()).await);
    shop.place(&Basket::card()).await;
    let query = "query($r: [_Any!]!) { _entities(representations: $r) {
                   ... on Customer { orders { totalCount nodes { id customer { id } } } } } }";
    let representations = json!({ "r": [{ "__typename": "Customer", "id": customer.to_string() }] });
    for caller in [&token, &shop.staff] {
        let found = shop.ask(Some(caller), query, representations.clone()).await.ok();
        let orders = &found["_entities"][0]["orders"];
        assert_eq!((orders["totalCount"].as_u64(), orders["nodes"][0]["id"].as_str()), (Some(1), Some(mine.as_str())));
        assert_eq!(orders["nodes"][0]["customer"]["id"], customer.to_string());
    }
    let stranger = shop.ask(Some(&shop.customer), query, representations).await;
    assert_eq!((stranger.code(), &stranger.data["_entities"][0]["orders"]), ("FORBIDDEN", &json!(null)));
}
