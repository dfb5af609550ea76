//! Reading single products, variants and categories, and what others refer to.

use serde_json::json;
use souk_testing::Statements;

use crate::harness::{Shop, product, variant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_product_shows_all_its_parts() {
    let shop = Shop::open().await;
    shop.staff("mutation { categoryCreate(slug: \"mugs\", name: \"Mugs\") { category { id } } }", json!({})).await.ok();
    let mut input = product("Blue Mug", "mug-blue", &[("EUR", "12.50"), ("INR", "999")]);
    input["categorySlug"] = json!("mugs");
    input["tags"] = json!(["Gift", "blue", "gift"]);
    input["media"] = json!([{ "url": "/media/mug.svg", "alt": "A blue mug" }]);
    shop.create(input).await;
    let query = "query($slug: String) { product(slug: $slug) {
        slug title status tags category { slug name } media { url alt }
        variants { sku weightGrams price { amount currencyCode } inr: price(currency: INR) { amount }
                   gbp: price(currency: GBP) { amount } prices { amount currencyCode }
                   priceHistory { price { amount } } product { title } } } }";
    let data = shop.ask(query, json!({ "slug": "blue-mug" })).await.ok();
    let seen = &data["product"];
    assert_eq!(seen["tags"], json!(["blue", "gift"]));
    assert_eq!(seen["category"], json!({ "slug": "mugs", "name": "Mugs" }));
    assert_eq!(seen["media"][0]["alt"], "A blue mug");
    let first = &seen["variants"][0];
    assert_eq!(first["sku"], "MUG-BLUE");
    assert_eq!(first["price"], json!({ "amount": "12.50", "currencyCode": "EUR" }));
    assert_eq!(first["inr"], json!({ "amount": "999.00" }));
    assert_eq!(first["gbp"], json!(null));
    assert_eq!(first["prices"].as_array().unwrap().len(), 2);
    assert_eq!(first["priceHistory"].as_array().unwrap().len(), 2);
    assert_eq!(first["product"]["title"], "Blue Mug");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_on_sale_is_hidden_from_the_public_and_shown_to_staff() {
    let shop = Shop::open().await;
    let mut draft = product("Draft", "DRAFT-1", &[("EUR", "1")]);
    draft["status"] = json!("DRAFT");
    let id = shop.create(draft).await["id"].clone();
    let query = "query($id: ID, $sku: String!) { product(id: $id) { status } variant(sku: $sku) { sku } }";
    let variables = json!({ "id": id, "sku": "draft-1" });
    let public = shop.ask(query, variables.clone()).await.ok();
    assert_eq!((&public["product"], &public["variant"]), (&json!(null), &json!(null)));
    let staff = shop.staff(query, variables).await.ok();
    assert_eq!((&staff["product"]["status"], &staff["variant"]["sku"]), (&json!("DRAFT"), &json!("DRAFT-1")));
    let drafts = "{ products(filter: { status: DRAFT }) { nodes { title } } }";
    assert_eq!(shop.ask(drafts, json!({})).await.code(), "UNAUTHENTICATED");
    assert_eq!(shop.staff(drafts, json!({})).await.ok()["products"]["nodes"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_questions_are_answered_with_a_code() {
    let shop = Shop::open().await;
    for query in [
        "{ product { id } }",
        "{ product(id: \"prd_1\") { id } }",
        "{ product(id: \"x\", slug: \"y\") { id } }",
        "{ variant(sku: \"'; DROP TABLE\") { id } }",
        "{ products(first: 0) { nodes { id } } }",
        "{ products(first: 101) { nodes { id } } }",
        "{ products(after: \"noise\") { nodes { id } } }",
        "{ products(filter: { minPrice: \"1\" }) { nodes { id } } }",
        "{ products(filter: { minPrice: \"-1\", currency: EUR }) { nodes { id } } }",
        "{ products(filter: { minPrice: 1, currency: EUR }) { nodes { id } } }",
        "{ nonsense }",
        "{",
    ] {
        assert_eq!(shop.ask(query, json!({})).await.code(), "BAD_USER_INPUT", "{query}");
    }
    let missing = shop.ask("{ product(slug: \"no-such\") { id } variant(sku: \"NO-SUCH\") { id } }", json!({})).await;
    assert_eq!(missing.ok(), json!({ "product": null, "variant": null }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entities_are_found_by_id_and_sku_in_one_statement() {
    let shop = Shop::open().await;
    let mut representations = Vec::new();
    for number in 0..20 {
        let sku = format!("E-{number}");
        shop.product(&format!("Entity {number}"), &sku, &[("EUR", "1.00")]).await;
        representations.push(json!({ "__typename": "ProductVariant", "sku": sku }));
    }
    representations.push(json!({ "__typename": "ProductVariant", "sku": "GONE" }));
    let query = "query($r: [_Any!]!) { _entities(representations: $r) {
        ... on ProductVariant { sku price { amount } product { title } } } }";
    let record = Statements::record(&shop.world.database).await;
    let data = shop.ask(query, json!({ "r": representations })).await.ok();
    let statements = record.naming(&["products", "variants", "prices"]).await;
    assert_eq!(statements.len(), 3, "{statements:#?}");
    let found = data["_entities"].as_array().unwrap();
    assert_eq!((found.len(), &found[19]["product"]["title"], &found[20]), (21, &json!("Entity 19"), &json!(null)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn categories_list_their_newest_products_in_one_statement_a_table() {
    let shop = Shop::open().await;
    let create = "mutation($slug: String!, $name: String!) { categoryCreate(slug: $slug, name: $name) {
        category { id } userErrors { code field } } }";
    for slug in ["a", "b", "c"] {
        shop.staff(create, json!({ "slug": slug, "name": slug })).await.ok();
        for number in 0..3 {
            let mut input = product(&format!("{slug} {number}"), &format!("{slug}-{number}"), &[("EUR", "1")]);
            input["categorySlug"] = json!(slug);
            input["variants"].as_array_mut().unwrap().push(variant(&format!("{slug}-{number}-x"), &[("EUR", "2")]));
            shop.create(input).await;
        }
    }
    let taken = shop.staff(create, json!({ "slug": "a", "name": "again" })).await.ok();
    assert_eq!(taken["categoryCreate"]["userErrors"], json!([{ "code": "CONFLICT", "field": ["slug"] }]));
    let query = "query($after: String) { categories { slug products(first: 2, after: $after) {
        nodes { title variants { price { amount } } } totalCount pageInfo { hasNextPage endCursor } } } }";
    let record = Statements::record(&shop.world.database).await;
    let data = shop.ask(query, json!({})).await.ok();
    let statements = record.naming(&["products", "variants", "prices", "categories"]).await;
    // categories, a page of each, their counts, variants, prices
    assert_eq!(statements.len(), 5, "{statements:#?}");
    let first = &data["categories"][0]["products"];
    assert_eq!((&first["nodes"][0]["title"], &first["totalCount"]), (&json!("a 2"), &json!(3)));
    let next = shop.ask(query, json!({ "after": first["pageInfo"]["endCursor"] })).await.ok();
    assert_eq!(next["categories"][0]["products"]["nodes"][0]["title"], "a 0");
}
