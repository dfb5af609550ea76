//! Correcting and reading stock.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::{ADJUST, Shop, adjustment, new_order};

async fn refusal(shop: &Shop, input: Value) -> (Value, Value) {
    let data = shop.staff(ADJUST, json!({ "input": input })).await.ok();
    assert_eq!(data["stockAdjust"]["stockLevel"], json!(null), "{data}");
    let first = &data["stockAdjust"]["userErrors"][0];
    (first["code"].clone(), first["field"][0].clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stock_is_adjusted_and_its_movements_are_told() {
    let shop = Shop::open().await;
    shop.stock("MUG", "main", 0).await;
    let level = shop.staff(ADJUST, adjustment("mug", "main", 7)).await.ok();
    let expected =
        json!({ "sku": "MUG", "warehouse": "main", "onHand": 7, "reserved": 0, "available": 7, "version": 2 });
    assert_eq!(level["stockAdjust"]["stockLevel"], expected);
    shop.staff(ADJUST, adjustment("MUG", "main", -2)).await.ok();
    let query = "{ stockMovements(sku: \"mug\", first: 1) { delta kind reason warehouse }
        all: stockMovements(sku: \"mug\") { delta } }";
    let data = shop.staff(query, json!({})).await.ok();
    assert_eq!(
        data["stockMovements"],
        json!([{ "delta": -2, "kind": "ADJUSTED", "reason": "counted", "warehouse": "main" }])
    );
    assert_eq!(data["all"], json!([{ "delta": -2 }, { "delta": 7 }]));
    shop.assert_books_balance().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stock_needs_its_scopes() {
    let shop = Shop::open().await;
    let levels = "{ stockLevels(sku: \"MUG\") { onHand } }";
    assert_eq!(shop.ask(levels, json!({})).await.code(), "UNAUTHENTICATED");
    let reader = shop.world.identity.person("cus_00000000000000000000000007".parse().unwrap(), &["inventory:read"]);
    let ask =
        |query: &'static str, variables| souk_testing::graphql(&shop.running.graphql, Some(&reader), query, variables);
    ask(levels, json!({})).await.ok();
    assert_eq!(ask(ADJUST, adjustment("MUG", "main", 1)).await.code(), "FORBIDDEN");
    assert_eq!(
        ask("mutation { warehouseCreate(name: \"x\") { warehouse { name } } }", json!({})).await.code(),
        "FORBIDDEN"
    );
    let customer = shop.world.identity.customer_token("cus_00000000000000000000000008".parse().unwrap());
    let answer = souk_testing::graphql(&shop.running.graphql, Some(&customer), levels, json!({})).await;
    assert_eq!(answer.code(), "FORBIDDEN");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_adjustments_are_refused_with_their_field_and_change_nothing() {
    let shop = Shop::open().await;
    shop.stock("MUG", "main", 5).await;
    let order = new_order();
    assert_eq!(shop.hold(order, &[("MUG", 3)]).await["held"], true);
    let with = |changes: Value| {
        let mut input = adjustment("MUG", "main", 1)["input"].clone();
        for (name, value) in changes.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    for (changes, code, field) in [
        (json!({ "sku": "a b" }), "INVALID", "sku"),
        (json!({ "sku": "NONE" }), "UNKNOWN_SKU", "sku"),
        (json!({ "warehouse": "moon" }), "NOT_FOUND", "warehouse"),
        (json!({ "warehouse": "The Moon" }), "INVALID", "warehouse"),
        (json!({ "delta": 0 }), "INVALID", "delta"),
        (json!({ "delta": 1_000_001 }), "INVALID", "delta"),
        (json!({ "delta": -3 }), "OUT_OF_STOCK", "delta"),
        (json!({ "reason": " " }), "INVALID", "reason"),
    ] {
        assert_eq!(refusal(&shop, with(changes.clone())).await, (json!(code), json!(field)), "{changes}");
    }
    let short_key = shop.staff(ADJUST, json!({ "input": with(json!({ "idempotencyKey": "short" })) })).await;
    assert_eq!(short_key.code(), "BAD_USER_INPUT");
    assert_eq!(shop.level("MUG").await, (5, 3, 2));
    shop.staff(ADJUST, adjustment("MUG", "main", -2)).await.ok();
    assert_eq!(shop.level("MUG").await, (3, 3, 0));
    shop.assert_books_balance().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_key_sent_eight_times_at_once_adjusts_once() {
    let shop = Shop::open().await;
    shop.stock("MUG", "main", 0).await;
    let variables = adjustment("MUG", "main", 10);
    let answers = join_all((0..8).map(|_| shop.staff(ADJUST, variables.clone()))).await;
    for answer in answers {
        let data = answer.ok();
        assert_eq!(data["stockAdjust"]["userErrors"], json!([]));
        assert_eq!(data["stockAdjust"]["stockLevel"]["onHand"], 10);
    }
    let mut other = variables.clone();
    other["input"]["delta"] = json!(11);
    let reused = refusal(&shop, other["input"].clone()).await;
    assert_eq!(reused, (json!("IDEMPOTENCY_KEY_REUSED"), json!("idempotencyKey")));
    // a refusal is not remembered: the same key may try again once it can work
    let refused = adjustment("LATER", "main", 1);
    assert_eq!(refusal(&shop, refused["input"].clone()).await.0, json!("UNKNOWN_SKU"));
    shop.stock("LATER", "main", 0).await;
    assert_eq!(shop.staff(ADJUST, refused).await.ok()["stockAdjust"]["stockLevel"]["onHand"], 1);
    shop.assert_books_balance().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_warehouse_holds_stock_of_its_own() {
    let shop = Shop::open().await;
    shop.stock("MUG", "main", 2).await;
    let create = "mutation { warehouseCreate(name: \"east\") { warehouse { name } userErrors { code field } } }";
    assert_eq!(shop.staff(create, json!({})).await.ok()["warehouseCreate"]["warehouse"]["name"], "east");
    let again = shop.staff(create, json!({})).await.ok();
    assert_eq!(again["warehouseCreate"]["userErrors"], json!([{ "code": "CONFLICT", "field": ["name"] }]));
    shop.staff(ADJUST, adjustment("MUG", "east", 5)).await.ok();
    let query = "{ warehouses { name } stockLevels(sku: \"MUG\") { warehouse onHand version } }";
    let data = shop.staff(query, json!({})).await.ok();
    assert_eq!(data["warehouses"], json!([{ "name": "east" }, { "name": "main" }]));
    assert_eq!(
        data["stockLevels"],
        json!([{ "warehouse": "east", "onHand": 5, "version": 2 }, { "warehouse": "main", "onHand": 2, "version": 2 }])
    );
    // one warehouse a line, the fullest: 4 are taken from east, and 4 more fit nowhere
    let order = new_order();
    assert_eq!(shop.hold(order, &[("MUG", 4)]).await["held"], true);
    assert_eq!(shop.level("MUG").await, (2, 0, 2));
    assert_eq!(shop.hold(new_order(), &[("MUG", 3)]).await["shortSkus"], json!(["MUG"]));
    shop.assert_books_balance().await;
}
