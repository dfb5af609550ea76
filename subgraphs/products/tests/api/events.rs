//! Events of the catalogue: one a change, versions without gaps, published and kept.

use std::time::Duration;

use serde_json::{Value, json};
use souk_testing::until;

use crate::harness::{Shop, variant};

const SINCE: &str = "query($id: ID!, $version: Int!) { eventsSince(id: $id, version: $version) }";

async fn events(shop: &Shop, id: &str, version: i32) -> Vec<Value> {
    let data = shop.service("inventory", SINCE, json!({ "id": id, "version": version })).await.ok();
    let texts = data["eventsSince"].as_array().unwrap().clone();
    texts.iter().map(|text| serde_json::from_str(text.as_str().unwrap()).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_writes_one_event_and_no_change_writes_none() {
    let shop = Shop::open().await;
    let id = shop.product("Mug", "MUG", &[("EUR", "10")]).await;
    let changes = [
        ("mutation($id: ID!) { productUpdate(id: $id, input: { title: \"Mug\" }) { product { id } } }", json!({})),
        ("mutation($id: ID!) { productUpdate(id: $id, input: { title: \"Cup\" }) { product { id } } }", json!({})),
        (
            "mutation($id: ID!, $input: ProductVariantInput!) { variantAdd(productId: $id, input: $input) { product { id } } }",
            json!({ "input": variant("MUG-2", &[("EUR", "3")]) }),
        ),
        (
            "mutation { variantPriceSet(sku: \"MUG\", price: { amount: \"10.00\", currencyCode: EUR }) { product { id } } }",
            json!({}),
        ),
        (
            "mutation { variantPriceSet(sku: \"MUG\", price: { amount: \"9.00\", currencyCode: EUR }) { product { id } } }",
            json!({}),
        ),
        ("mutation($id: ID!) { productArchive(id: $id) { product { id } } }", json!({})),
        ("mutation($id: ID!) { productArchive(id: $id) { product { id } } }", json!({})),
    ];
    for (change, mut variables) in changes {
        if change.contains("$id") {
            variables["id"] = json!(id);
        }
        shop.staff(change, variables).await.ok();
    }
    let seen = events(&shop, &id, 0).await;
    let versions: Vec<i64> = seen.iter().map(|event| event["version"].as_i64().unwrap()).collect();
    assert_eq!(versions, [1, 2, 3, 4, 5]);
    let kinds: Vec<&str> = seen.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "souk.product.created.v1",
            "souk.product.updated.v1",
            "souk.product.variant-added.v1",
            "souk.product.price-changed.v1",
            "souk.product.archived.v1"
        ]
    );
    assert_eq!(seen[4]["data"]["status"], "ARCHIVED");
    assert_eq!(seen[4]["data"]["variants"].as_array().unwrap().len(), 2);
    assert_eq!(events(&shop, &id, 3).await.len(), 2);
    let foreign = shop.service("accounts", SINCE, json!({ "id": id, "version": 0 })).await;
    assert_eq!(foreign.code(), "FORBIDDEN");

    until("the relay publishes all", Duration::from_secs(30), || async {
        let mut connection = shop.world.database.connect().await;
        let unpublished = sqlx::query_as("SELECT COUNT(*) FROM outbox WHERE published_at IS NULL");
        let (left,): (i64,) = unpublished.fetch_one(&mut connection).await.unwrap();
        left == 0
    })
    .await;
}
