//! What is bought: many skus of the demo catalogue with plenty of each, so that buyers rarely meet on one row.

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::graph::Graph;

/// Skus that are bought.
const SKUS: usize = 200;
/// More than any run can sell.
const UNITS: u32 = 1_000_000;

/// Pages of the catalogue, by the cursor before each.
///
/// # Errors
/// When the shop refuses.
pub async fn pages(graph: &Graph, size: usize, count: usize) -> anyhow::Result<Vec<Value>> {
    let query = "query($first: Int!, $after: String) {
        products(first: $first, after: $after, sort: TITLE) { pageInfo { hasNextPage endCursor } } }";
    let mut pages = vec![Value::Null];
    while pages.len() < count {
        let after = pages.last().cloned().unwrap_or_default();
        let data = graph.run(query, json!({ "first": size, "after": after })).await?;
        let page = &data["products"]["pageInfo"];
        if page["hasNextPage"] != true {
            bail!("the catalogue has only {} pages of {size}", pages.len());
        }
        pages.push(page["endCursor"].clone());
    }
    // The last page may hold fewer; all that are asked for are followed by another.
    Ok(pages)
}

/// Skus with a price in euros, each with units for the whole run.
///
/// # Errors
/// When the shop refuses.
pub async fn stock_up(staff: &Graph) -> anyhow::Result<Vec<String>> {
    let skus = priced(staff).await?;
    let query = "mutation($input: StockAdjustInput!) { stockAdjust(input: $input) { userErrors { message } } }";
    for sku in &skus {
        let input = json!({
            "sku": sku, "delta": UNITS, "reason": "benchmark", "idempotencyKey": format!("benchmark-first-delivery-{sku}"),
        });
        let data = staff.run(query, json!({ "input": input })).await?;
        if data["stockAdjust"]["userErrors"] != json!([]) {
            bail!("{sku} cannot be stocked: {data}");
        }
    }
    Ok(skus)
}

async fn priced(graph: &Graph) -> anyhow::Result<Vec<String>> {
    let query = "query($after: String) { products(first: 100, after: $after, sort: TITLE) {
        nodes { variants { sku price(currency: EUR) { amount } } } pageInfo { hasNextPage endCursor } } }";
    let (mut skus, mut after) = (Vec::new(), Value::Null);
    while skus.len() < SKUS {
        let data = graph.run(query, json!({ "after": after })).await?;
        let products = data["products"]["nodes"].as_array().context("a list without nodes")?;
        let variants = products.iter().filter_map(|product| product["variants"].as_array()).flatten();
        let priced = variants.filter(|variant| variant["price"].is_object());
        skus.extend(priced.filter_map(|variant| variant["sku"].as_str().map(str::to_owned)));
        let page = &data["products"]["pageInfo"];
        if page["hasNextPage"] != true {
            break;
        }
        after = page["endCursor"].clone();
    }
    if skus.is_empty() {
        bail!("nothing has a price in euros");
    }
    skus.truncate(SKUS);
    Ok(skus)
}
