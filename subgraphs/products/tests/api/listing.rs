//! Lists: filters, orders, pages, totals, and how many statements they cost.

use serde_json::{Value, json};
use souk_testing::Statements;

use crate::harness::{Shop, product};

const LIST: &str = "query($first: Int, $after: String, $filter: ProductFilter, $sort: ProductSort) {
    products(first: $first, after: $after, filter: $filter, sort: $sort) {
        edges { cursor node { title } } pageInfo { hasNextPage hasPreviousPage endCursor } } }";

/// Walks a whole list in pages of two.
async fn walk(shop: &Shop, filter: Value, sort: &str) -> Vec<String> {
    let mut titles = Vec::new();
    let mut after = json!(null);
    loop {
        let variables = json!({ "first": 2, "after": after, "filter": filter, "sort": sort });
        let data = shop.ask(LIST, variables).await.ok();
        let page = &data["products"];
        for edge in page["edges"].as_array().unwrap() {
            titles.push(edge["node"]["title"].as_str().unwrap().to_owned());
        }
        assert_eq!(page["pageInfo"]["hasPreviousPage"], json!(!after.is_null()));
        if page["pageInfo"]["hasNextPage"] == json!(false) {
            return titles;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_order_is_walked_without_gaps_or_repeats() {
    let shop = Shop::open().await;
    shop.product("Cup", "P-1", &[("EUR", "5"), ("USD", "9")]).await;
    shop.product("blue mug", "P-2", &[("EUR", "7"), ("USD", "1")]).await;
    shop.product("Mug", "P-3", &[("EUR", "5")]).await;
    shop.product("Big mug rack", "P-4", &[("EUR", "30"), ("USD", "2")]).await;
    shop.product("Mugs and more", "P-5", &[("EUR", "1")]).await;
    assert_eq!(walk(&shop, json!({}), "NEWEST").await, ["Mugs and more", "Big mug rack", "Mug", "blue mug", "Cup"]);
    assert_eq!(walk(&shop, json!({}), "TITLE").await, ["Big mug rack", "blue mug", "Cup", "Mug", "Mugs and more"]);
    assert_eq!(walk(&shop, json!({}), "PRICE_ASC").await, ["Mugs and more", "Cup", "Mug", "blue mug", "Big mug rack"]);
    assert_eq!(walk(&shop, json!({}), "PRICE_DESC").await, ["Big mug rack", "blue mug", "Mug", "Cup", "Mugs and more"]);
    assert_eq!(
        walk(&shop, json!({ "currency": "USD" }), "PRICE_ASC").await,
        ["blue mug", "Big mug rack", "Cup"],
        "a price sort in a currency leaves out what has no price in it"
    );
    assert_eq!(
        walk(&shop, json!({ "text": "mug" }), "RELEVANCE").await,
        ["Mug", "Mugs and more", "Big mug rack", "blue mug"],
        "the title itself, titles that begin with it, then titles that hold it"
    );
    assert_eq!(walk(&shop, json!({}), "RELEVANCE").await.len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_narrow_the_list_and_its_total() {
    let shop = Shop::open().await;
    shop.staff("mutation { categoryCreate(slug: \"tea\", name: \"Tea\") { category { id } } }", json!({})).await.ok();
    let mut tea = product("Darjeeling", "TEA-DJ", &[("EUR", "12"), ("INR", "900")]);
    tea["categorySlug"] = json!("tea");
    tea["tags"] = json!(["tea", "india"]);
    tea["description"] = json!("First flush, 100% from one garden.");
    shop.create(tea).await;
    let mut cup = product("Cup_1", "CUP", &[("EUR", "4")]);
    cup["tags"] = json!(["tea"]);
    shop.create(cup).await;
    let query = "query($filter: ProductFilter) { products(filter: $filter) { nodes { title } totalCount } }";
    for (filter, titles) in [
        (json!({ "category": "tea" }), vec!["Darjeeling"]),
        (json!({ "category": "none" }), vec![]),
        (json!({ "tags": ["Tea"] }), vec!["Cup_1", "Darjeeling"]),
        (json!({ "tags": ["tea", "india"] }), vec!["Darjeeling"]),
        (json!({ "text": "FLUSH garden" }), vec!["Darjeeling"]),
        (json!({ "text": "tea-dj" }), vec!["Darjeeling"]),
        (json!({ "text": "100%" }), vec!["Darjeeling"]),
        (json!({ "text": "p_1" }), vec!["Cup_1"]),
        (json!({ "text": "%" }), vec!["Darjeeling"]),
        (json!({ "currency": "INR" }), vec!["Darjeeling"]),
        (json!({ "currency": "EUR", "minPrice": "4.00", "maxPrice": "4.00" }), vec!["Cup_1"]),
        (json!({ "currency": "EUR", "minPrice": "4.01" }), vec!["Darjeeling"]),
        (json!({ "currency": "GBP", "minPrice": "0" }), vec![]),
    ] {
        let data = shop.ask(query, json!({ "filter": filter })).await.ok();
        let found: Vec<&str> =
            data["products"]["nodes"].as_array().unwrap().iter().map(|node| node["title"].as_str().unwrap()).collect();
        assert_eq!(found, titles, "{filter}");
        assert_eq!(data["products"]["totalCount"], json!(titles.len()), "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_of_another_order_is_refused() {
    let shop = Shop::open().await;
    for number in 0..3 {
        shop.product(&format!("P {number}"), &format!("P-{number}"), &[("EUR", "1")]).await;
    }
    let page = shop.ask(LIST, json!({ "first": 1, "sort": "TITLE" })).await.ok();
    let cursor = &page["products"]["pageInfo"]["endCursor"];
    for sort in ["NEWEST", "PRICE_ASC"] {
        let answer = shop.ask(LIST, json!({ "first": 1, "sort": sort, "after": cursor })).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{sort}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_takes_one_statement_a_table_and_counts_only_when_asked() {
    let shop = Shop::open().await;
    for number in 0..100 {
        shop.product(&format!("P {number}"), &format!("P-{number}"), &[("EUR", "1"), ("USD", "2")]).await;
    }
    let tables = ["products", "variants", "prices", "product_tags", "product_media", "price_changes"];
    for first in [20, 100] {
        let query = format!(
            "{{ products(first: {first}) {{ nodes {{ title tags media {{ url }}
                variants {{ sku price {{ amount }} prices {{ amount }} priceHistory(first: 3) {{ at }}
                            product {{ slug }} }} }} }} }}"
        );
        let record = Statements::record(&shop.world.database).await;
        let data = shop.ask(&query, json!({})).await.ok();
        let statements = record.naming(&tables).await;
        assert_eq!(data["products"]["nodes"].as_array().unwrap().len(), first);
        assert!(!statements.iter().any(|statement| statement.contains("COUNT")), "{statements:#?}");
        // one a table, and the products once more for variants that ask for theirs
        assert_eq!(statements.len(), 7, "{first}: {statements:#?}");
    }
}
