//! Product lists: 20 items with price and stock, from three subgraphs' databases in two fetches.

use std::{cell::RefCell, collections::BTreeMap, time::Duration};

use anyhow::bail;
use serde::Serialize;
use serde_json::json;

use crate::{
    goods,
    graph::Graph,
    pace::{self, Pace},
    shop::Shop,
    usage::Usage,
};

const ITEMS: usize = 20;
const LIST: &str = "query($first: Int!, $after: String) {
    products(first: $first, after: $after, sort: TITLE) {
        nodes { id title variants { sku price { amount currencyCode } availability { available inStock } } } } }";

#[derive(Debug, Clone, Serialize)]
pub struct Lists {
    pub pace: Pace,
    /// Processor milliseconds of each process for one list.
    pub cpu_ms_each: BTreeMap<String, f64>,
}

/// `clients` browsers at once, each on a page of its own, for `period`.
///
/// # Errors
/// When a list is not whole.
pub async fn measure(shop: &Shop, graph: &Graph, (clients, period): (usize, Duration)) -> anyhow::Result<Lists> {
    let pages = goods::pages(graph, ITEMS, clients).await?;
    let before = RefCell::new(Usage::default());
    let begin = async || {
        *before.borrow_mut() = Usage::of(&shop.processes());
        Ok(())
    };
    let pace = pace::measure(clients, period, begin, |client, _| {
        let after = pages[client].clone();
        async move {
            let data = graph.run(LIST, json!({ "first": ITEMS, "after": after })).await?;
            let nodes = data["products"]["nodes"].as_array().map_or(0, Vec::len);
            if nodes != ITEMS || data["products"]["nodes"][0]["variants"][0]["availability"].is_null() {
                bail!("a list is not whole: {data}");
            }
            Ok(())
        }
    })
    .await?;
    let cpu_ms_each = Usage::of(&shop.processes()).since(&before.into_inner(), pace.done);
    Ok(Lists { pace, cpu_ms_each })
}
