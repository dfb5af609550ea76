//! Changes of the catalogue and why they are refused.

use serde_json::{Value, json};

use crate::harness::{CREATE, Shop, product, variant};

async fn refusals(shop: &Shop, input: Value) -> Value {
    let mut data = shop.staff(CREATE, json!({ "input": input })).await.ok();
    assert_eq!(data["productCreate"]["product"], json!(null));
    let mut errors = data["productCreate"]["userErrors"].take();
    for error in errors.as_array_mut().unwrap() {
        error.as_object_mut().unwrap().remove("message");
    }
    errors
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_need_the_scope() {
    let shop = Shop::open().await;
    let variables = json!({ "input": product("Mug", "MUG", &[("EUR", "1")]) });
    assert_eq!(shop.ask(CREATE, variables.clone()).await.code(), "UNAUTHENTICATED");
    let customer = shop.world.identity.person("cus_00000000000000000000000007".parse().unwrap(), &["orders:read"]);
    let answer = souk_testing::graphql(&shop.running.graphql, Some(&customer), CREATE, variables.clone()).await;
    assert_eq!(answer.code(), "FORBIDDEN");
    assert_eq!(shop.service("orders", CREATE, variables.clone()).await.code(), "FORBIDDEN");
    let forged = souk_testing::graphql(&shop.running.graphql, Some("no.such.token"), CREATE, variables).await;
    assert_eq!(forged.code(), "UNAUTHENTICATED");
    let nothing = shop.staff("{ products { totalCount } }", json!({})).await.ok();
    assert_eq!(nothing["products"]["totalCount"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_of_an_input_is_told_with_its_field() {
    let shop = Shop::open().await;
    shop.product("Taken", "TAKEN", &[("EUR", "1")]).await;
    let input = json!({
        "title": " ", "description": "", "slug": "Not A Slug", "tags": ["ok", ""],
        "variants": [
            variant("bad sku", &[("EUR", "1.234")]),
            variant("A", &[("EUR", "1"), ("EUR", "2")]),
            { "sku": "B", "title": "", "weightGrams": -1, "prices": [] },
        ],
    });
    assert_eq!(
        refusals(&shop, input).await,
        json!([
            { "code": "INVALID", "field": ["title"] },
            { "code": "INVALID", "field": ["slug"] },
            { "code": "INVALID", "field": ["tags"] },
            { "code": "INVALID", "field": ["variants", "0", "sku"] },
            { "code": "INVALID", "field": ["variants", "0", "prices", "0", "amount"] },
            { "code": "INVALID", "field": ["variants", "1", "prices", "1", "currencyCode"] },
            { "code": "INVALID", "field": ["variants", "2", "title"] },
            { "code": "INVALID", "field": ["variants", "2", "weightGrams"] },
            { "code": "INVALID", "field": ["variants", "2", "prices"] },
        ])
    );
    let none = json!({ "title": "X", "description": "", "variants": [] });
    assert_eq!(refusals(&shop, none).await, json!([{ "code": "INVALID", "field": ["variants"] }]));
    let mut twice = product("Twice", "SAME", &[("EUR", "1")]);
    twice["variants"].as_array_mut().unwrap().push(variant("same", &[("EUR", "1")]));
    assert_eq!(refusals(&shop, twice).await, json!([{ "code": "SKU_TAKEN", "field": ["variants", "1", "sku"] }]));
    let mut later = product("Later", "FREE", &[("EUR", "1")]);
    later["variants"].as_array_mut().unwrap().push(variant("taken", &[("EUR", "1")]));
    assert_eq!(refusals(&shop, later).await, json!([{ "code": "SKU_TAKEN", "field": ["variants", "1", "sku"] }]));
    let mut lost = product("Lost", "LOST", &[("EUR", "1")]);
    lost["categorySlug"] = json!("nowhere");
    assert_eq!(refusals(&shop, lost).await, json!([{ "code": "NOT_FOUND", "field": ["categorySlug"] }]));
    let left = shop.ask("{ products { totalCount } }", json!({})).await.ok();
    assert_eq!(left["products"]["totalCount"], 1, "a refused product leaves nothing behind");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slugs_come_from_titles_and_stay_unique() {
    let shop = Shop::open().await;
    let mut slugs = Vec::new();
    for sku in ["S-1", "S-2", "S-3"] {
        slugs.push(shop.create(product("Café Mug", sku, &[("EUR", "1")])).await["slug"].clone());
    }
    assert_eq!(slugs, ["cafe-mug", "cafe-mug-2", "cafe-mug-3"]);
    let mut given = product("Other", "S-4", &[("EUR", "1")]);
    given["slug"] = json!("cafe-mug");
    assert_eq!(refusals(&shop, given).await, json!([{ "code": "CONFLICT", "field": ["slug"] }]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_sku_created_by_eight_at_once_exists_once() {
    let shop = Shop::open().await;
    let attempts = (0..8).map(|number| {
        let input = product(&format!("Same {number}"), "ONE-SKU", &[("EUR", "1")]);
        shop.staff(CREATE, json!({ "input": input }))
    });
    let answers = futures_util::future::join_all(attempts).await;
    let created = answers.into_iter().filter(|answer| {
        assert!(answer.errors.is_empty(), "{:?}", answer.errors);
        let errors = &answer.data["productCreate"]["userErrors"];
        errors == &json!([]) || {
            assert_eq!(errors[0]["code"], "SKU_TAKEN");
            false
        }
    });
    assert_eq!(created.count(), 1);
    let all = shop.ask("{ products { totalCount } }", json!({})).await.ok();
    assert_eq!(all["products"]["totalCount"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_product_is_updated_archived_and_brought_back() {
    let shop = Shop::open().await;
    let id = shop.product("Old", "OLD", &[("EUR", "1")]).await;
    let update = "mutation($id: ID!, $input: ProductUpdateInput!) { productUpdate(id: $id, input: $input) {
        product { title slug status tags category { slug } } userErrors { code field } } }";
    shop.staff("mutation { categoryCreate(slug: \"c\", name: \"C\") { category { id } } }", json!({})).await.ok();
    let input = json!({ "title": "New", "tags": ["x"], "categorySlug": "c" });
    let data = shop.staff(update, json!({ "id": id, "input": input })).await.ok();
    let expected =
        json!({ "title": "New", "slug": "old", "status": "ACTIVE", "tags": ["x"], "category": { "slug": "c" } });
    assert_eq!(data["productUpdate"]["product"], expected);
    let cleared = shop.staff(update, json!({ "id": id, "input": { "categorySlug": null } })).await.ok();
    assert_eq!(cleared["productUpdate"]["product"]["category"], json!(null));
    assert_eq!(cleared["productUpdate"]["product"]["tags"], json!(["x"]));

    let archive = "mutation($id: ID!) { productArchive(id: $id) { product { status } userErrors { code field } } }";
    for _ in 0..2 {
        let data = shop.staff(archive, json!({ "id": id })).await.ok();
        assert_eq!(data["productArchive"]["product"]["status"], "ARCHIVED");
    }
    assert_eq!(
        shop.ask("query($id: ID) { product(id: $id) { id } }", json!({ "id": id })).await.ok()["product"],
        json!(null)
    );
    let back = shop.staff(update, json!({ "id": id, "input": { "status": "ACTIVE" } })).await.ok();
    assert_eq!(back["productUpdate"]["product"]["status"], "ACTIVE");

    let unknown = "prd_00000000000000000000000007";
    let data = shop.staff(archive, json!({ "id": unknown })).await.ok();
    assert_eq!(
        data["productArchive"],
        json!({ "product": null, "userErrors": [{ "code": "NOT_FOUND", "field": ["id"] }] })
    );
    assert_eq!(shop.staff(archive, json!({ "id": "7" })).await.code(), "BAD_USER_INPUT");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn variants_are_added_and_prices_set_with_their_history() {
    let shop = Shop::open().await;
    let id = shop.product("Mug", "MUG-1", &[("EUR", "10")]).await;
    let add = "mutation($id: ID!, $input: ProductVariantInput!) { variantAdd(productId: $id, input: $input) {
        product { variants { sku } } userErrors { code field } } }";
    let data = shop.staff(add, json!({ "id": id, "input": variant("MUG-2", &[("EUR", "8")]) })).await.ok();
    assert_eq!(data["variantAdd"]["product"]["variants"], json!([{ "sku": "MUG-1" }, { "sku": "MUG-2" }]));
    let taken = shop.staff(add, json!({ "id": id, "input": variant("mug-1", &[("EUR", "8")]) })).await.ok();
    assert_eq!(taken["variantAdd"]["userErrors"], json!([{ "code": "SKU_TAKEN", "field": ["sku"] }]));

    let set = "mutation($sku: String!, $price: MoneyInput!) { variantPriceSet(sku: $sku, price: $price) {
        product { variants { sku prices { amount currencyCode } priceHistory(first: 2) { price { amount currencyCode } } } }
        userErrors { code field } } }";
    let price = |amount: &str, currency: &str| json!({ "amount": amount, "currencyCode": currency });
    shop.staff(set, json!({ "sku": "mug-1", "price": price("12.00", "USD") })).await.ok();
    let data = shop.staff(set, json!({ "sku": "MUG-1", "price": price("9.99", "EUR") })).await.ok();
    let first = &data["variantPriceSet"]["product"]["variants"][0];
    assert_eq!(first["prices"], json!([price("9.99", "EUR"), price("12.00", "USD")]), "the base currency stays first");
    assert_eq!(first["priceHistory"], json!([{ "price": price("9.99", "EUR") }, { "price": price("12.00", "USD") }]));
    for (sku, amount, code, field) in
        [("NONE", "1", "NOT_FOUND", "sku"), ("MUG-1", "1.999", "INVALID", "price"), ("?", "1", "INVALID", "sku")]
    {
        let data = shop.staff(set, json!({ "sku": sku, "price": price(amount, "EUR") })).await.ok();
        assert_eq!(data["variantPriceSet"]["userErrors"], json!([{ "code": code, "field": [field] }]));
    }
}
