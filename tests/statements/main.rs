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
    let reading = |service: &str, table: &str| {
        let from = |text: &str| text.contains(&format!("FROM {table}")) || text.contains(&format!("JOIN {table}"));
        statements.iter().filter(|(user, text)| user.contains(&format!("souk_{service}")) && from(text)).count()
    };
    for (service, table) in [
        ("products", "products"),
        ("products", "variants"),
        ("products", "prices"),
        ("products", "categories"),
        ("products", "product_tags"),
        ("products", "product_media"),
        ("inventory", "stock"),
    ] {
        assert_eq!(reading(service, table), 1, "{service}.{table}: {statements:#?}");
    }
}
