//! Statements of a list, counted by MySQL itself. A binary of its own: nobody else may use the shop meanwhile.

use serde_json::json;
use souk_tests::shared;
use sqlx::{Connection as _, Executor as _};

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_twenty_products_takes_one_statement_a_subgraph_and_table() {
    let shop = shared().await;
    let customer = shop.login("customer").await;
    let query = "query Listed { products(first: 20, sort: TITLE) { nodes { title tags category { name } media { url }
        variants { sku prices { amount } availability { available } } } } }";
    // Once before, so that composing, planning and connecting are not counted.
    customer.ask(query, json!({})).await;

    let mut root = shop.as_root().await;
    for statement in
        ["SET GLOBAL log_output = 'TABLE'", "TRUNCATE TABLE mysql.general_log", "SET GLOBAL general_log = 'ON'"]
    {
        root.execute(statement).await.unwrap();
    }
    let data = customer.ask(query, json!({})).await;
    root.execute("SET GLOBAL general_log = 'OFF'").await.unwrap();
    assert_eq!(data["products"]["nodes"].as_array().unwrap().len(), 20);

    let rows: Vec<(String, Vec<u8>)> = sqlx::query_as(
        "SELECT user_host, argument FROM mysql.general_log
         WHERE command_type IN ('Execute', 'Query')",
    )
    .fetch_all(&mut root)
    .await
    .unwrap();
    root.close().await.unwrap();
    let statements: Vec<(String, String)> =
        rows.into_iter().map(|(user, argument)| (user, String::from_utf8_lossy(&argument).into_owned())).collect();
    // The relay's look into the outbox belongs to no request.
    let of = |service: &str| {
        let own = move |(user, text): &&(String, String)| {
            user.contains(&format!("souk_{service}")) && !text.contains("outbox")
        };
        statements.iter().filter(own).map(|(_, text)| text.as_str()).collect::<Vec<_>>()
    };
    // A statement is its first table's; the one for variants joins products for their status.
    let first_table =
        |text: &str| text.split_once("FROM ").and_then(|(_, rest)| rest.split([' ', '\n']).next()).map(str::to_owned);
    let tables = |service: &str| {
        let mut tables: Vec<_> = of(service).into_iter().filter_map(first_table).collect();
        tables.sort();
        tables
    };
    let expected = ["categories", "prices", "product_media", "product_tags", "products", "variants"];
    assert_eq!(tables("products"), expected, "{statements:#?}");
    assert_eq!(tables("inventory"), ["stock"], "{statements:#?}");
}
