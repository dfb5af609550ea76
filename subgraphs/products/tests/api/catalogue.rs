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
async fn others_may_refer_to_what_was_sold_but_not_to_drafts() {
    let shop = Shop::open().await;
    let product = shop.create(product("Mug", "MUG", &[("EUR", "1")])).await;
    let query = "query($r: [_Any!]!) { _entities(representations: $r) {
        ... on Product { title } ... on ProductVariant { sku product { title } } } }";
    let representations = json!({ "r": [
        { "__typename": "Product", "id": product["id"] },
        { "__typename": "ProductVariant", "id": product["variants"][0]["id"] },
        { "__typename": "ProductVariant", "sku": "MUG" },
        { "__typename": "ProductVariant", "sku": "no sku" },
    ] });
    let update = "mutation($id: ID!, $status: ProductStatus!) {
        productUpdate(id: $id, input: { status: $status }) { userErrors { code } } }";
    let (title, variant) = (json!({ "title": "Mug" }), json!({ "sku": "MUG", "product": { "title": "Mug" } }));
    for (status, is_shown) in [("ACTIVE", true), ("ARCHIVED", true), ("DRAFT", false)] {
        shop.staff(update, json!({ "id": product["id"], "status": status })).await.ok();
        let shown = json!([title, variant, variant, null]);
        let seen = shop.ask(query, representations.clone()).await.ok();
        let expected = if is_shown { &shown } else { &json!([null, null, null, null]) };
        assert_eq!(&seen["_entities"], expected, "{status}");
        assert_eq!(shop.staff(query, representations.clone()).await.ok()["_entities"], shown, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_told_of_a_product_leaves_the_rest_of_it() {
    let shop = Shop::open().await;
    shop.staff("mutation { categoryCreate(slug: \"mugs\", name: \"Mugs\") { category { id } } }", json!({})).await.ok();
    let mut mug = product("Mug", "MUG", &[("EUR", "1")]);
    mug["categorySlug"] = json!("mugs");
    shop.create(mug).await;
    let mut connection = shop.world.database.connect().await;
    sqlx::raw_sql("RENAME TABLE categories TO categories_away, prices TO prices_away")
        .execute(&mut connection)
        .await
        .unwrap();
    let query = "{ product(slug: \"mug\") { title category { slug } variants { sku price { amount } } }
                   none: product { title } bad: variant(sku: \"no sku\") { sku } variant(sku: \"MUG\") { sku } }";
    let answer = shop.ask(query, json!({})).await;
    let mug = json!({ "title": "Mug", "category": null, "variants": [{ "sku": "MUG", "price": null }] });
    assert_eq!(answer.data, json!({ "product": mug, "none": null, "bad": null, "variant": { "sku": "MUG" } }));
    let mut told: Vec<_> =
        answer.errors.iter().map(|error| (error["path"].to_string(), error["extensions"]["code"].clone())).collect();
    told.sort_by_key(|(path, _)| path.clone());
    let told: Vec<_> = told.iter().map(|(path, code)| (path.as_str(), code.as_str().unwrap())).collect();
    assert_eq!(
        told,
        [
            ("[\"bad\"]", "BAD_USER_INPUT"),
            ("[\"none\"]", "BAD_USER_INPUT"),
            ("[\"product\",\"category\"]", "INTERNAL"),
            ("[\"product\",\"variants\",0,\"price\"]", "INTERNAL"),
        ]
    );
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
