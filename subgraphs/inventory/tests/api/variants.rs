//! What inventory adds to product variants.

use serde_json::{Value, json};
use souk_testing::Statements;

use crate::harness::{ADJUST, Shop, adjustment, new_order};

const ENTITIES: &str =
    "query($r: [_Any!]!, $country: String) { _entities(representations: $r) { ... on ProductVariant {
    sku availability { available inStock } shippingEstimate(countryCode: $country) { amount currencyCode } } } }";

fn variant(sku: &str) -> Value {
    json!({ "__typename": "ProductVariant", "sku": sku })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_twenty_asks_for_stock_in_one_statement() {
    let shop = Shop::open().await;
    shop.staff("mutation { warehouseCreate(name: \"east\") { warehouse { name } } }", json!({})).await.ok();
    for number in 0..20 {
        shop.stock(&format!("S-{number}"), "main", number).await;
    }
    shop.staff(ADJUST, adjustment("S-3", "east", 9)).await.ok();
    assert_eq!(shop.hold(new_order(), &[("S-5", 2)]).await["held"], true);
    let mut representations: Vec<Value> = (0..20).map(|number| variant(&format!("S-{number}"))).collect();
    representations.extend([variant("NONE"), variant("not a sku")]);
    let record = Statements::record(&shop.world.database).await;
    let data = shop.ask(ENTITIES, json!({ "r": representations })).await.ok();
    let statements = record.naming(&["stock"]).await;
    assert_eq!(statements.len(), 1, "{statements:#?}");
    let found = &data["_entities"];
    assert_eq!(found[0]["availability"], json!({ "available": 0, "inStock": false }));
    assert_eq!(found[3]["availability"], json!({ "available": 9, "inStock": true }), "of the fullest warehouse");
    assert_eq!(found[5]["availability"], json!({ "available": 3, "inStock": true }), "without what is reserved");
    assert_eq!(found[20]["availability"], json!(null), "no stock is kept of it");
    assert_eq!(found[21], json!(null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shipping_is_estimated_from_weight_and_base_price() {
    let shop = Shop::open().await;
    let priced = |grams: i32, currency: &str| {
        let mut priced = variant("S");
        priced["weightGrams"] = json!(grams);
        priced["price"] = json!({ "__typename": "Money", "amount": "1.00", "currencyCode": currency });
        priced
    };
    let mut unpriced = priced(1, "EUR");
    unpriced["price"] = json!(null);
    let representations = json!([priced(900, "EUR"), priced(2_100, "INR"), unpriced]);
    for (country, first, second) in
        [(None, "4.90", "139.00"), (Some("de"), "4.90", "139.00"), (Some("IN"), "14.70", "417.00")]
    {
        let data = shop.ask(ENTITIES, json!({ "r": representations, "country": country })).await.ok();
        let estimate = |index: usize| data["_entities"][index]["shippingEstimate"].clone();
        assert_eq!(estimate(0), json!({ "amount": first, "currencyCode": "EUR" }));
        assert_eq!(estimate(1), json!({ "amount": second, "currencyCode": "INR" }));
        assert_eq!(estimate(2), json!(null));
    }
    let bad = shop.ask(ENTITIES, json!({ "r": representations, "country": "Germany" })).await;
    assert_eq!(bad.code(), "BAD_USER_INPUT");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_told_of_a_variant_leaves_the_rest_of_it() {
    let shop = Shop::open().await;
    let mut priced = variant("S");
    priced["weightGrams"] = json!(900);
    priced["price"] = json!({ "__typename": "Money", "amount": "1.00", "currencyCode": "EUR" });
    let mut connection = shop.world.database.connect().await;
    sqlx::query("RENAME TABLE stock TO stock_away").execute(&mut connection).await.unwrap();
    let answer = shop.ask(ENTITIES, json!({ "r": [priced], "country": "Germany" })).await;
    assert_eq!(answer.data["_entities"], json!([{ "sku": "S", "availability": null, "shippingEstimate": null }]));
    let field = |error: &Value| error["path"].as_array().unwrap().last().unwrap().as_str().unwrap().to_owned();
    let told = answer.errors.iter().map(|error| (field(error), &error["extensions"]["code"]));
    let told: std::collections::BTreeMap<_, _> = told.collect();
    let (internal, bad) = (json!("INTERNAL"), json!("BAD_USER_INPUT"));
    assert_eq!(told, [("availability".to_owned(), &internal), ("shippingEstimate".to_owned(), &bad)].into());
}
