//! Every operation of frontend-examples/queries works as it stands there.

use std::{fs, path::Path};

use serde_json::{Value, json};
use souk_tests::{
    Client, Shop,
    client::{CARD, cart, key},
    goods,
    live::Live,
    shared,
};

/// One file: who may send it, the operation, its variables with words in braces.
struct Example {
    name: String,
    who: String,
    query: String,
    variables: String,
}

fn examples() -> Vec<Example> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../frontend-examples/queries");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "graphql"));
    paths.sort();
    let read = |path: &Path| {
        let query = fs::read_to_string(path).unwrap();
        let who = query.lines().next().and_then(|line| line.strip_prefix("# as: ")).unwrap_or_default().to_owned();
        let variables = fs::read_to_string(path.with_extension("variables.json")).unwrap_or_else(|_| "{}".to_owned());
        Example { name: path.file_stem().unwrap().to_string_lossy().into_owned(), who, query, variables }
    };
    paths.iter().map(|path| read(path)).collect()
}

/// A fresh confirmed order for each example, so that one may cancel and another ship.
async fn fill_in(shop: &Shop, customer: &Client, sku: &str, text: &str) -> Value {
    let placed = customer.place(cart(sku, 1, CARD)).await;
    let order = customer.order_in(&placed["order"]["id"], "CONFIRMED").await;
    let login = &shop.ready.logins["customer"];
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let filled = text
        .replace("{orderId}", &word(&order["id"]))
        .replace("{paymentId}", &word(&order["payments"][0]["id"]))
        .replace("{key}", &key())
        .replace("{newSku}", &format!("NEW-{}", uuid::Uuid::new_v4().simple()))
        .replace("{sku}", sku)
        .replace("{email}", &login.email)
        .replace("{password}", &login.password);
    serde_json::from_str(&filled).unwrap()
}

/// Every `userErrors` in an answer.
fn refusals(value: &Value) -> Vec<Value> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| match (name.as_str(), value) {
                ("userErrors", Value::Array(errors)) => errors.clone(),
                _ => refusals(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(refusals).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_query_works() {
    let shop = shared().await;
    let (customer, staff) = (shop.login("customer").await, shop.login("staff").await);
    let sku = goods::product(&staff, 100).await;
    let examples = examples();
    assert!(examples.len() >= 12, "{} examples", examples.len());
    for Example { name, who, query, variables } in examples {
        let client = match who.as_str() {
            "anyone" => shop.anonymous(),
            "customer" => customer.clone(),
            "staff" => staff.clone(),
            other => panic!("{name} does not say who may send it: {other:?}"),
        };
        let variables = fill_in(shop, &customer, &sku, &variables).await;
        if query.contains("\nsubscription ") {
            let mut live = Live::open(&shop.ready.ws, client.token.as_deref(), &query, variables).await;
            let event = live.next().await;
            assert!(event["data"].is_object() && event["errors"].is_null(), "{name}: {event}");
            continue;
        }
        let data = client.ask(&query, variables).await;
        assert_eq!(refusals(&data), Vec::<Value>::new(), "{name}");
        assert_ne!(data, json!({}), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_query_of_the_readme_works_as_it_stands_there() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")).unwrap();
    let (_, rest) = readme.split_once("```graphql\n").unwrap();
    let (query, _) = rest.split_once("```").unwrap();
    let data = shared().await.anonymous().ask(query, json!({})).await;
    assert_eq!(data["products"]["nodes"].as_array().unwrap().len(), 3, "{data}");
    assert!(data["products"]["nodes"][0]["variants"][0]["availability"]["available"].is_number(), "{data}");
}
