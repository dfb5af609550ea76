//! Who sees which payment.

use serde_json::{Value, json};
use souk_contracts::OrderId;
use souk_testing::{Statements, graphql};

use crate::harness::{Till, a_customer, an_order, input};

const PAYMENTS: &str = "query($id: ID!) { _entities(representations: [{ __typename: \"Order\", id: $id }]) {
    ... on Order { id payments { id state nextAction { url } amount { amount currencyCode } } } } }";
const PAYMENT: &str = "query($id: ID!) { _entities(representations: [{ __typename: \"Payment\", id: $id }]) {
    ... on Payment { id state } } }";

async fn payments(till: &Till, token: Option<&str>, order: OrderId) -> Vec<Value> {
    let variables = json!({ "id": order.to_string() });
    let data = graphql(&till.service.graphql, token, PAYMENTS, variables).await.ok();
    data["_entities"][0]["payments"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_are_seen_by_their_buyer_and_by_staff_alone() {
    let till = Till::open().await;
    let (order, customer) = (an_order(), a_customer());
    let mut start = input(order, "UPI", None);
    start["customerId"] = json!(customer.to_string());
    let payment = till.start(start).await;

    let identity = &till.world.identity;
    let owner = identity.customer_token(customer);
    let guest = identity.guest_token(order);
    for buyer in [&owner, &guest] {
        let seen = payments(&till, Some(buyer), order).await;
        assert_eq!(seen[0]["id"], payment["paymentId"]);
        assert_eq!(seen[0]["nextAction"]["url"], payment["nextAction"]["url"]);
    }
    // Staff sees the payment, but cannot approve in the buyer's place.
    let staff = identity.staff_token();
    let seen = payments(&till, Some(&staff), order).await;
    assert_eq!((&seen[0]["state"], &seen[0]["nextAction"]), (&json!("REQUIRES_ACTION"), &Value::Null));

    let (stranger, other_guest) = (identity.customer_token(a_customer()), identity.guest_token(an_order()));
    for token in [None, Some(stranger.as_str()), Some(other_guest.as_str())] {
        assert!(payments(&till, token, order).await.is_empty());
        let variables = json!({ "id": payment["paymentId"] });
        let data = graphql(&till.service.graphql, token, PAYMENT, variables).await.ok();
        assert_eq!(data["_entities"][0], Value::Null);
    }
    let variables = json!({ "id": payment["paymentId"] });
    let data = graphql(&till.service.graphql, Some(&owner), PAYMENT, variables).await.ok();
    assert_eq!(data["_entities"][0]["state"], "REQUIRES_ACTION");
}

#[tokio::test(flavor = "multi_thread")]
async fn anyone_may_read_the_methods() {
    let till = Till::open().await;
    let data =
        graphql(&till.service.graphql, None, "{ paymentMethods { method name currencies } }", json!({})).await.ok();
    let methods: Vec<_> =
        data["paymentMethods"].as_array().unwrap().iter().map(|info| info["method"].clone()).collect();
    assert_eq!(methods, ["CARD", "UPI", "WALLET", "NET_BANKING", "CASH_ON_DELIVERY"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_payments_of_twenty_orders_are_read_with_one_statement() {
    let till = Till::open().await;
    let customer = a_customer();
    let mut representations = Vec::new();
    for _ in 0..20 {
        let order = an_order();
        let mut start = input(order, "CASH_ON_DELIVERY", None);
        start["customerId"] = json!(customer.to_string());
        till.start(start).await;
        representations.push(json!({ "__typename": "Order", "id": order.to_string() }));
    }
    let query = "query($of: [_Any!]!) { _entities(representations: $of) { ... on Order { payments { state } } } }";
    let owner = till.world.identity.customer_token(customer);
    let statements = Statements::record(&till.world.database).await;
    let variables = json!({ "of": representations });
    let data = graphql(&till.service.graphql, Some(&owner), query, variables).await.ok();
    let entities = data["_entities"].as_array().unwrap();
    assert!(entities.iter().all(|order| order["payments"].as_array().unwrap().len() == 1));
    let reads: Vec<_> = statements.naming(&["customer_id"]).await;
    let reads: Vec<_> = reads.iter().filter(|text| text.contains("WHERE order_id IN")).collect();
    assert_eq!(reads.len(), 1, "{reads:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_that_cannot_be_told_leave_their_order_whole() {
    let till = Till::open().await;
    let order = an_order();
    till.start(input(order, "CASH_ON_DELIVERY", None)).await;
    let mut connection = till.world.database.connect().await;
    sqlx::query("RENAME TABLE payments TO payments_away").execute(&mut connection).await.unwrap();
    let guest = till.world.identity.guest_token(order);
    let answer = graphql(&till.service.graphql, Some(&guest), PAYMENTS, json!({ "id": order.to_string() })).await;
    assert_eq!(answer.data["_entities"], json!([{ "id": order.to_string(), "payments": null }]));
    assert_eq!((answer.code(), answer.errors.len()), ("INTERNAL", 1));
    // An id that is none is no order and no payment; what stands beside it is answered.
    for query in [PAYMENTS, PAYMENT] {
        let data = graphql(&till.service.graphql, Some(&guest), query, json!({ "id": "none" })).await.ok();
        assert_eq!(data["_entities"], json!([null]));
    }
}
