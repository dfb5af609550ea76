//! How many statements a list costs, read from the server's own log. A binary of its own: the log is the server's.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

#[path = "../service/fakes.rs"]
#[expect(dead_code, reason = "this test needs a part of it")]
mod fakes;
#[path = "../service/harness.rs"]
#[expect(dead_code, reason = "this test needs a part of it")]
mod harness;

use harness::{Basket, Shop, id};
use serde_json::{Value, json};
use souk_contracts::CustomerId;
use sqlx::MySqlConnection;

/// Statements on this table since the log was emptied.
async fn reads(database: &mut MySqlConnection, table: &str) -> i64 {
    // As bytes: a statement with binary ids is no text in any character set.
    let (count,): (i64,) = sqlx::query_as(
        "SELECT COUNT(*) FROM mysql.general_log
         WHERE command_type = 'Execute' AND CAST(argument AS BINARY) REGEXP CONCAT('FROM ', ?, '[[:space:]]')",
    )
    .bind(table)
    .fetch_one(database)
    .await
    .unwrap();
    count
}

async fn run(database: &mut MySqlConnection, statement: &'static str) {
    sqlx::raw_sql(statement).execute(database).await.unwrap();
}

#[tokio::test]
async fn twenty_entities_take_one_statement_a_table_and_a_checkout_few_commits() {
    let shop = Shop::open_with(&[("SOUK_ORDERS_WORKER_POLL_MS", "60000")]).await;
    let mut orders = Vec::new();
    for _ in 0..20 {
        orders.push(id(&shop.place(&Basket::card()).await));
    }
    let mut database = shop.world.database.connect().await;
    run(&mut database, "SET GLOBAL log_output = 'TABLE'").await;
    run(&mut database, "SET GLOBAL general_log = ON").await;

    let representations: Vec<Value> = orders.iter().map(|id| json!({ "__typename": "Order", "id": id })).collect();
    let query = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Order {
                   number lines { sku } history { version } } } }";
    let found = shop.ask(Some(&shop.staff), query, json!({ "r": representations })).await.ok();
    assert_eq!(found["_entities"].as_array().unwrap().len(), 20);
    for table in ["orders", "order_lines", "order_history"] {
        assert_eq!(reads(&mut database, table).await, 1, "{table}");
    }

    run(&mut database, "TRUNCATE mysql.general_log").await;
    let list = "{ orders(first: 20) { nodes { number lines { sku } history { version } } } }";
    shop.ask(Some(&shop.staff), list, json!({})).await.ok();
    for table in ["orders", "order_lines", "order_history"] {
        assert_eq!(reads(&mut database, table).await, 1, "{table}");
    }

    let mut customers = Vec::new();
    for _ in 0..20 {
        let customer = CustomerId(uuid::Uuid::new_v4());
        shop.place_as(Some(&shop.world.identity.customer_token(customer)), &Basket::card()).await;
        customers.push(json!({ "__typename": "Customer", "id": customer.to_string() }));
    }
    run(&mut database, "TRUNCATE mysql.general_log").await;
    let query = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer {
                   orders(first: 1) { totalCount pageInfo { hasNextPage } nodes { number lines { sku } } } } } }";
    let found = shop.ask(Some(&shop.staff), query, json!({ "r": customers })).await.ok();
    let one = |customer: &Value| {
        customer["orders"]["totalCount"] == 1 && customer["orders"]["nodes"][0]["lines"] != json!([])
    };
    assert!(found["_entities"].as_array().unwrap().iter().all(one), "{found}");
    assert_eq!(reads(&mut database, "orders").await, 2, "the pages and their counts");
    assert_eq!(reads(&mut database, "order_lines").await, 1);

    run(&mut database, "TRUNCATE mysql.general_log").await;
    shop.place(&Basket::card()).await;
    run(&mut database, "SET GLOBAL general_log = OFF").await;
    let (writes,): (i64,) = sqlx::query_as(
        "SELECT COUNT(*) FROM mysql.general_log
         WHERE command_type = 'Execute' AND argument REGEXP '^(INSERT INTO|UPDATE) orders[[:space:]]'",
    )
    .fetch_one(&mut database)
    .await
    .unwrap();
    assert_eq!(writes, 3, "placed, reserved, confirmed: three transactions change the order");
}
