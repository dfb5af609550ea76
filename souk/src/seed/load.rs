//! Loading the catalogue through the graph: what is there stays as it is, what is missing is made.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    fmt::Write as _,
    fs,
    time::Duration,
};

use anyhow::{Context as _, bail};
use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep};

use super::{
    catalogue::{self, Category},
    graph::Graph,
};
use crate::{
    home::{Home, write_private},
    up::Login,
};

/// Mutations in one document; each row of them is a round trip that is saved.
const BATCH: usize = 20;
/// How long inventory may take to hear of new products through Kafka.
const STOCK_PATIENCE: Duration = Duration::from_secs(60);

/// Where to load, and as whom.
#[derive(Debug, Clone)]
pub struct Shop {
    pub graphql: String,
    pub staff: Login,
}

/// What was missing and is there now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Loaded {
    pub categories: usize,
    pub products: usize,
    pub stocked: usize,
}

impl fmt::Display for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::default() {
            return f.write_str("the demo catalogue is there already");
        }
        write!(f, "{} categories, {} products made, {} skus stocked", self.categories, self.products, self.stocked)
    }
}

/// Waits until every subgraph has joined the graph and answers.
///
/// # Errors
/// What the last attempt met, when `patience` is over.
pub async fn wait_for_graph(shop: &Shop, patience: Duration) -> anyhow::Result<()> {
    let query = r#"{
        accounts: __type(name: "Customer") { name }
        orders: __type(name: "Order") { name }
        notifications: __type(name: "Notification") { name }
        products(first: 1) { nodes { variants { availability { available } } } }
        paymentMethods { method }
    }"#;
    let graph = Graph::anonymous(&shop.graphql)?;
    let deadline = Instant::now() + patience;
    loop {
        let missing = match graph.run(query, json!({})).await {
            Ok(data) => match ["accounts", "orders", "notifications"].iter().find(|name| data[**name].is_null()) {
                None => return Ok(()),
                Some(name) => anyhow::anyhow!("the subgraph {name} has not joined"),
            },
            Err(error) => error,
        };
        if Instant::now() > deadline {
            return Err(missing);
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// Loads what is missing.
///
/// # Errors
/// When the graph refuses or does not answer.
pub async fn load(shop: &Shop, tell: &mut dyn FnMut(&str)) -> anyhow::Result<Loaded> {
    let catalogue = catalogue::all()?;
    let graph = Graph::signed_in(&shop.graphql, &shop.staff).await?;
    let mut loaded = Loaded { categories: make_categories(&graph, &catalogue).await?, ..Loaded::default() };
    tell("making products");
    loaded.products = make_products(&graph, &catalogue).await?;
    tell("stocking the shelves");
    loaded.stocked = stock_up(&graph, catalogue::stock(&catalogue)).await?;
    Ok(loaded)
}

/// True when this data folder's shop has this edition of the catalogue.
pub fn is_loaded(home: &Home) -> bool {
    let told: Option<Value> =
        fs::read(home.seeded_file()).ok().and_then(|content| serde_json::from_slice(&content).ok());
    told.is_some_and(|told| told["edition"] == catalogue::EDITION)
}

/// # Errors
/// What the file system says.
pub fn mark_loaded(home: &Home) -> anyhow::Result<()> {
    Ok(write_private(&home.seeded_file(), json!({ "edition": catalogue::EDITION }).to_string().as_bytes())?)
}

async fn make_categories(graph: &Graph, catalogue: &[Category]) -> anyhow::Result<usize> {
    let data = graph.run("{ categories { slug } }", json!({})).await?;
    let there = texts(&data["categories"], "slug");
    let missing: Vec<&Category> = catalogue.iter().filter(|category| !there.contains(&category.slug)).collect();
    let mut batch = Batch::default();
    for category in &missing {
        let slug = batch.variable("String!", json!(category.slug));
        let name = batch.variable("String!", json!(category.name));
        batch.field(&format!("categoryCreate(slug: {slug}, name: {name}) {{ userErrors {{ code message }} }}"));
    }
    no_refusals(&batch.run(graph).await?, &[])?;
    Ok(missing.len())
}

async fn make_products(graph: &Graph, catalogue: &[Category]) -> anyhow::Result<usize> {
    let there = product_slugs(graph).await?;
    let all = catalogue.iter().flat_map(|category| category.products.iter().map(move |product| (category, product)));
    let missing: Vec<_> = all.filter(|(_, product)| !there.contains(&product.slug)).collect();
    for some in missing.chunks(BATCH) {
        let mut batch = Batch::default();
        for (category, product) in some {
            let input = batch.variable("ProductCreateInput!", product.input(&category.slug));
            batch.field(&format!("productCreate(input: {input}) {{ userErrors {{ code message }} }}"));
        }
        // One that staff have archived since is not in the list and not to be made again.
        no_refusals(&batch.run(graph).await?, &["SKU_TAKEN", "CONFLICT"])?;
    }
    Ok(missing.len())
}

async fn product_slugs(graph: &Graph) -> anyhow::Result<BTreeSet<String>> {
    let query = "query Slugs($after: String) {
        products(first: 100, after: $after, sort: TITLE) { nodes { slug } pageInfo { hasNextPage endCursor } }
    }";
    let mut slugs = BTreeSet::new();
    let mut after = Value::Null;
    loop {
        let data = graph.run(query, json!({ "after": after })).await?;
        slugs.extend(texts(&data["products"]["nodes"], "slug"));
        let page = &data["products"]["pageInfo"];
        if page["hasNextPage"] != true {
            return Ok(slugs);
        }
        after = page["endCursor"].clone();
    }
}

/// Gives each sku its first units, unless its stock has ever moved.
async fn stock_up(graph: &Graph, mut wanted: BTreeMap<String, u32>) -> anyhow::Result<usize> {
    let skus: Vec<String> = wanted.keys().cloned().collect();
    for some in skus.chunks(BATCH) {
        let mut batch = Batch::default();
        for sku in some {
            let sku = batch.variable("String!", json!(sku));
            batch.field(&format!("stockMovements(sku: {sku}, first: 5) {{ delta }}"));
        }
        let data = batch.run_as("query", graph).await?;
        for (sku, movements) in some.iter().zip(&data) {
            if movements.as_array().into_iter().flatten().any(|movement| movement["delta"] != 0) {
                wanted.remove(sku);
            }
        }
    }
    let stocked = wanted.len();
    let deadline = Instant::now() + STOCK_PATIENCE;
    while !wanted.is_empty() {
        let refused = adjust(graph, &wanted).await?;
        if let Some(reason) = refused.values().next().filter(|_| Instant::now() > deadline) {
            bail!("{} skus cannot be stocked: {reason}", refused.len());
        }
        if !refused.is_empty() {
            sleep(Duration::from_millis(200)).await;
        }
        wanted.retain(|sku, _| refused.contains_key(sku));
    }
    Ok(stocked)
}

/// Sku -> why inventory does not take it (yet: it hears of new products through Kafka).
async fn adjust(graph: &Graph, wanted: &BTreeMap<String, u32>) -> anyhow::Result<BTreeMap<String, String>> {
    let mut refused = BTreeMap::new();
    let wanted: Vec<(&String, &u32)> = wanted.iter().collect();
    for (number, some) in wanted.chunks(BATCH).enumerate() {
        let refused_before = refused.len();
        let mut batch = Batch::default();
        for (sku, units) in some {
            let input = json!({
                "sku": sku, "delta": units, "reason": "first delivery of the demo catalogue",
                "idempotencyKey": format!("demo-first-delivery-{sku}"),
            });
            let input = batch.variable("StockAdjustInput!", input);
            batch.field(&format!("stockAdjust(input: {input}) {{ userErrors {{ code message }} }}"));
        }
        let data = batch.run(graph).await?;
        for ((sku, _), payload) in some.iter().zip(&data) {
            match payload["userErrors"].as_array().and_then(|errors| errors.first()) {
                None => {}
                Some(error) if matches!(error["code"].as_str(), Some("UNKNOWN_SKU" | "NOT_FOUND")) => {
                    refused.insert((*sku).clone(), error["message"].as_str().unwrap_or_default().to_owned());
                }
                Some(_) => no_refusals(std::slice::from_ref(payload), &[])?,
            }
        }
        // The rest of the shelf is as unknown as this part of it.
        if refused.len() - refused_before == some.len() {
            let rest = &wanted[number * BATCH..];
            refused.extend(rest.iter().map(|(sku, _)| ((*sku).clone(), "not known yet".to_owned())));
            break;
        }
    }
    Ok(refused)
}

/// One document with many aliased fields, each with variables of its own.
#[derive(Debug, Default)]
struct Batch {
    declared: String,
    fields: String,
    variables: Map<String, Value>,
    count: usize,
}

impl Batch {
    fn variable(&mut self, kind: &str, value: Value) -> String {
        let name = format!("v{}", self.variables.len());
        let _ = write!(self.declared, "${name}: {kind} ");
        self.variables.insert(name.clone(), value);
        format!("${name}")
    }

    fn field(&mut self, field: &str) {
        let _ = writeln!(self.fields, "  f{}: {field}", self.count);
        self.count += 1;
    }

    async fn run(self, graph: &Graph) -> anyhow::Result<Vec<Value>> {
        self.run_as("mutation", graph).await
    }

    /// The fields' values, in order.
    async fn run_as(self, operation: &str, graph: &Graph) -> anyhow::Result<Vec<Value>> {
        if self.count == 0 {
            return Ok(Vec::new());
        }
        let document = format!("{operation} Batch({}) {{\n{}}}", self.declared.trim_end(), self.fields);
        let mut data = graph.run(&document, Value::Object(self.variables)).await?;
        Ok((0..self.count).map(|number| data[format!("f{number}")].take()).collect())
    }
}

fn no_refusals(payloads: &[Value], tolerated: &[&str]) -> anyhow::Result<()> {
    for error in payloads.iter().filter_map(|payload| payload["userErrors"].as_array()).flatten() {
        let code = error["code"].as_str().context("a user error without a code")?;
        if !tolerated.contains(&code) {
            bail!("{} ({code})", error["message"].as_str().unwrap_or_default());
        }
    }
    Ok(())
}

fn texts(nodes: &Value, field: &str) -> BTreeSet<String> {
    let nodes = nodes.as_array().map(Vec::as_slice).unwrap_or_default();
    nodes.iter().filter_map(|node| node[field].as_str().map(str::to_owned)).collect()
}
