//! Card orders of one unit, from `orderPlace` to CONFIRMED.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::bail;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    commits::{self, Idle},
    graph::Graph,
    pace::{self, Pace},
    shop::Shop,
    usage::Usage,
};

const PLACE: &str = "mutation($input: OrderPlaceInput!) {
    orderPlace(input: $input) { order { id status } userErrors { code message } } }";
/// An order that is not confirmed within so many looks, 10 ms apart, is a fault.
const LOOKS: usize = 3_000;

#[derive(Debug, Clone, Serialize)]
pub struct Checkouts {
    pub pace: Pace,
    /// Transactions that MySQL committed for each.
    pub transactions_each: f64,
    /// Bare durable commits a second on the same server, through as many connections.
    pub bare_commits_per_second: f64,
    /// What the checkouts commit at this pace, of what could be committed bare: 1 is all that this server does.
    pub share_of_bare: f64,
    /// How long stock, mails and feeds needed to follow after the last order was confirmed.
    pub followed_after_seconds: f64,
    /// Processor milliseconds of each process for one checkout.
    pub cpu_ms_each: BTreeMap<String, f64>,
}

/// `clients` buyers at once, for `period`.
///
/// # Errors
/// When an order is refused or not confirmed.
pub async fn measure(
    shop: &Shop,
    (customer, skus): (&Graph, &[String]),
    idle: Idle,
    (clients, period): (usize, Duration),
) -> anyhow::Result<Checkouts> {
    let mut root = shop.as_root().await?;
    let before = RefCell::new((Usage::default(), 0, Instant::now()));
    let begin = async || {
        idle.rest(&mut root).await?;
        let commits = commits::so_far(&mut root).await?;
        *before.borrow_mut() = (Usage::of(&shop.processes()), commits, Instant::now());
        Ok(())
    };
    let pace = pace::measure(clients, period, begin, |client, number| {
        // Each buyer walks the shelves from a place of its own.
        let sku = &skus[(client * 31 + number) % skus.len()];
        check_out(customer, sku)
    })
    .await?;
    let last = Instant::now();
    // Until all that the checkouts set off is done, so that nothing of it is left out.
    idle.rest(&mut root).await?;
    let followed_after_seconds = last.elapsed().as_secs_f64();
    let (used, commits_before, began) = before.into_inner();
    let cpu_ms_each = Usage::of(&shop.processes()).since(&used, pace.done);
    let transactions = commits::so_far(&mut root).await? - commits_before;
    let of_checkouts = (transactions as f64 - idle.within(began.elapsed())).max(0.0);
    let bare = commits::per_second(shop, clients, transactions).await?;
    let transactions_each = of_checkouts / pace.done.max(1) as f64;
    Ok(Checkouts {
        transactions_each,
        bare_commits_per_second: bare,
        share_of_bare: transactions_each * pace.per_second / bare,
        followed_after_seconds,
        pace,
        cpu_ms_each,
    })
}

async fn check_out(customer: &Graph, sku: &str) -> anyhow::Result<()> {
    let input = json!({
        "idempotencyKey": uuid::Uuid::new_v4().to_string(),
        "lines": [{ "sku": sku, "quantity": 1 }],
        "currencyCode": "EUR",
        "shippingAddress": { "name": "Asha Rao", "line1": "12 Bazaar Road", "city": "Pune", "postalCode": "411001",
            "countryCode": "IN" },
        "payment": { "method": "CARD", "token": "tok_ok" },
    });
    let data = customer.run(PLACE, json!({ "input": input })).await?;
    let payload = &data["orderPlace"];
    if payload["userErrors"] != json!([]) {
        bail!("an order of {sku} is refused: {payload}");
    }
    confirmed(customer, &payload["order"]).await
}

/// At once when the mutation waited for it, as it does when the shop is quick.
async fn confirmed(customer: &Graph, placed: &Value) -> anyhow::Result<()> {
    let mut order = placed.clone();
    for _ in 0..LOOKS {
        match order["status"].as_str() {
            Some("CONFIRMED") => return Ok(()),
            Some("PENDING" | "RESERVED" | "AWAITING_PAYMENT") => {}
            _ => bail!("an order is not confirmed: {order}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
        let query = "query($id: ID!) { order(id: $id) { id status } }";
        order = customer.run(query, json!({ "id": placed["id"] })).await?["order"].take();
    }
    bail!("an order stays {order}")
}
