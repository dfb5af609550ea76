//! Who may see and change an order.

use serde_json::{Value, json};
use souk_contracts::CustomerId;

use crate::harness::{Basket, Shop, codes, id};

#[tokio::test]
async fn another_customers_order_does_not_exist() {
    let shop = Shop::open().await;
    let order = id(&shop.place(&Basket::card()).await);
    let stranger = shop.world.identity.customer_token(CustomerId(uuid::Uuid::new_v4()));
    assert_eq!(shop.order_as(Some(&stranger), &order).await, Value::Null);
    assert_eq!(shop.order_as(None, &order).await, Value::Null);
    assert_eq!(codes(&shop.cancel(&stranger, &order).await), ["NOT_FOUND"]);
    let address = json!({ "name": "M", "line1": "M", "city": "M", "postalCode": "1", "countryCode": "DE" });
    let moved = json!({ "id": order, "shippingAddress": address });
    assert_eq!(codes(&shop.mutate(&stranger, "orderAddressUpdate", moved.clone()).await), ["NOT_FOUND"]);
    assert_eq!(codes(&shop.mutate(&shop.staff, "orderAddressUpdate", moved).await), ["NOT_FOUND"]);
    let entities = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Order { id number } } }";
    let representations = json!({ "r": [{ "__typename": "Order", "id": order }] });
    let found = shop.ask(Some(&stranger), entities, representations.clone()).await.ok();
    assert_eq!(found["_entities"], json!([null]));
    let found = shop.ask(Some(&shop.customer), entities, representations).await.ok();
    assert_eq!(found["_entities"][0]["id"], order);
}

#[tokio::test]
async fn a_guest_follows_and_cancels_with_the_guest_token() {
    let shop = Shop::open().await;
    let basket = Basket { email: Some("Guest@Example.com"), ..Basket::card() };
    let placed = shop.place_as(None, &basket).await;
    let (order, token) = (id(&placed), placed["guestToken"].as_str().unwrap().to_owned());
    let seen = shop.order_as(Some(&token), &order).await;
    assert_eq!((seen["status"].as_str(), &seen["customer"]), (Some("CONFIRMED"), &Value::Null));
    assert_eq!(seen["availableTransitions"], json!(["CANCELLED"]));
    let other = id(&shop.place(&Basket::card()).await);
    assert_eq!(shop.order_as(Some(&token), &other).await, Value::Null, "it opens one order and nothing else");
    assert_eq!(shop.ask(Some(&token), "{ orders { totalCount } }", json!({})).await.code(), "FORBIDDEN");
    let cancelled = shop.cancel(&token, &order).await;
    assert_eq!(
        (cancelled["order"]["status"].as_str(), cancelled["order"]["paymentStatus"].as_str()),
        (Some("CANCELLED"), Some("REFUNDED"))
    );
}

#[tokio::test]
async fn staff_mutations_need_their_scope_and_internal_ones_their_caller() {
    let shop = Shop::open().await;
    let order = id(&shop.place(&Basket::card()).await);
    let ship = "mutation($id: ID!) { orderShip(input: { id: $id }) { order { status } } }";
    assert_eq!(shop.ask(Some(&shop.customer), ship, json!({ "id": order })).await.code(), "FORBIDDEN");
    assert_eq!(shop.ask(None, ship, json!({ "id": order })).await.code(), "UNAUTHENTICATED");
    let contact = "query($id: ID!) { orderContact(orderId: $id) { email name number } }";
    assert_eq!(shop.ask(Some(&shop.staff), contact, json!({ "id": order })).await.code(), "FORBIDDEN");
    let payments = shop.world.identity.service_token("payments", "orders");
    assert_eq!(shop.ask(Some(&payments), contact, json!({ "id": order })).await.code(), "FORBIDDEN");
    let notifications = shop.world.identity.service_token("notifications", "orders");
    let told = shop.ask(Some(&notifications), contact, json!({ "id": order })).await.ok();
    assert_eq!(
        (told["orderContact"]["name"].as_str(), &told["orderContact"]["email"]),
        (Some("Asha Rao"), &Value::Null)
    );
    let since = "query($id: ID!) { eventsSince(id: $id, version: 2) }";
    let events = shop.ask(Some(&notifications), since, json!({ "id": order })).await.ok();
    assert_eq!(events["eventsSince"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_owner_moves_the_parcel_until_it_is_shipped() {
    let shop = Shop::open().await;
    let order = id(&shop.place(&Basket::card()).await);
    let address = json!({ "name": "A", "line1": "B", "city": "Mumbai", "postalCode": "4", "countryCode": "in" });
    let input = json!({ "id": order, "shippingAddress": address });
    let moved = shop.mutate(&shop.customer, "orderAddressUpdate", input.clone()).await;
    assert_eq!(
        (moved["order"]["shippingAddress"]["city"].as_str(), moved["order"]["version"].as_u64()),
        (Some("Mumbai"), Some(4))
    );
    shop.mutate(&shop.staff, "orderShip", json!({ "id": order })).await;
    assert_eq!(codes(&shop.mutate(&shop.customer, "orderAddressUpdate", input).await), ["INVALID_TRANSITION"]);
}

#[tokio::test]
async fn what_may_not_be_seen_leaves_the_rest_of_the_answer() {
    let shop = Shop::open().await;
    let order = id(&shop.place(&Basket::card()).await);
    let query = "query($id: ID!) { bad: order(id: \"none\") { id } order(id: $id) { id } }";
    let answer = shop.ask(Some(&shop.customer), query, json!({ "id": order })).await;
    assert_eq!(answer.data, json!({ "bad": null, "order": { "id": order } }));
    assert_eq!((answer.code(), &answer.errors[0]["path"]), ("BAD_USER_INPUT", &json!(["bad"])));

    let customer = CustomerId(uuid::Uuid::new_v4()).to_string();
    let entities = "query($r: [_Any!]!) { _entities(representations: $r) {
        ... on Customer { id orders { nodes { id } } } ... on Order { id } } }";
    let representations = json!({ "r": [
        { "__typename": "Customer", "id": customer }, { "__typename": "Order", "id": order },
        { "__typename": "Customer", "id": "none" }, { "__typename": "Order", "id": "none" },
    ] });
    let answer = shop.ask(Some(&shop.customer), entities, representations).await;
    let expected = json!([{ "id": customer, "orders": null }, { "id": order }, null, null]);
    assert_eq!(answer.data["_entities"], expected);
    assert_eq!((answer.code(), answer.errors.len()), ("FORBIDDEN", 1));
}

#[tokio::test]
async fn inventory_learns_where_orders_stand_unless_they_are_being_changed() {
    let shop = Shop::open().await;
    let order = id(&shop.place(&Basket::card()).await);
    let none = souk_contracts::OrderId(uuid::Uuid::new_v4()).to_string();
    let query = "query($ids: [ID!]!) { orderStandings(orderIds: $ids) { orderId status } }";
    let inventory = shop.world.identity.service_token("inventory", "orders");
    let ask = || shop.ask(Some(&inventory), query, json!({ "ids": [order, none] }));
    let unknown = json!({ "orderId": none, "status": null });
    let at_rest = json!([{ "orderId": order, "status": "CONFIRMED" }, unknown]);
    assert_eq!(ask().await.ok()["orderStandings"], at_rest);
    let mut connection = shop.world.database.connect().await;
    sqlx::raw_sql("BEGIN; UPDATE orders SET tracking_number = 'moving'").execute(&mut connection).await.unwrap();
    assert_eq!(ask().await.ok()["orderStandings"], json!([unknown]));
    sqlx::raw_sql("ROLLBACK").execute(&mut connection).await.unwrap();
    assert_eq!(ask().await.ok()["orderStandings"], at_rest);
    sqlx::raw_sql("UPDATE orders SET status = 'DAMAGED'").execute(&mut connection).await.unwrap();
    assert_eq!(ask().await.ok()["orderStandings"], json!([unknown]), "one that is damaged holds no other one up");
    sqlx::raw_sql("UPDATE orders SET status = 'CONFIRMED'").execute(&mut connection).await.unwrap();
    let many: Vec<&str> = std::iter::repeat_n(none.as_str(), 201).collect();
    assert_eq!(shop.ask(Some(&inventory), query, json!({ "ids": many })).await.code(), "BAD_USER_INPUT");
    for token in [&shop.customer, &shop.staff] {
        assert_eq!(shop.ask(Some(token), query, json!({ "ids": [order] })).await.code(), "FORBIDDEN");
    }
}
