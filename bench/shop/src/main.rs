//! The shop benchmark: a whole shop of its own (`souk up --ports auto`), and clients that buy and browse.
//!
//! ```text
//! shop ──> goods (200 skus, plenty of each)
//!      ──> checkouts at 8 and 64 clients ──> the same number of transactions, bare, on the same MySQL
//!      ──> lists of 20 products with price and stock
//! report: a table, and bench/results/shop-<time>.json
//! ```
//! Everything is bounded in time and count, on the loopback interface, on the disk of the data folder. What is told
//! are ratios measured in one run: how near a checkout is to what its database can do at all, and what a list costs
//! each process.

mod checkouts;
mod commits;
mod goods;
mod graph;
mod lists;
mod machine;
mod pace;
mod report;
mod shop;
mod usage;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::Context as _;
use clap::Parser;

/// Measures a whole shop on this machine.
#[derive(Debug, Parser)]
#[command(version)]
struct Options {
    /// The program to measure
    #[arg(long, value_name = "FILE", default_value = "target/release/souk")]
    souk: PathBuf,
    /// How long clients begin new operations, for each row of the table
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=120))]
    seconds: u64,
    /// Where the shop keeps its data; emptied before and after. Its disk is part of what is measured
    #[arg(long, value_name = "DIR", default_value = "target/bench-shop")]
    data: PathBuf,
    /// Where the figures go
    #[arg(long, value_name = "DIR", default_value = "bench/results")]
    results: PathBuf,
}

/// Buyers at once.
const BUYERS: [usize; 2] = [8, 64];
/// Those who browse at once; each another page, so that no two ask the same at the same moment.
const BROWSERS: usize = 8;

#[tokio::main]
async fn main() -> ExitCode {
    // One implementation of cryptography for every client of this process; a second call is none.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match run(&Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("souk-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> anyhow::Result<()> {
    let period = Duration::from_secs(options.seconds);
    eprintln!("starting a shop ({})", options.souk.display());
    let mut shop = shop::Shop::start(&options.souk, &options.data).await?;
    let measured = measure(&shop, period).await;
    let stopped = shop.stop().await;
    let report = measured?;
    stopped?;
    report::show(&report);
    let path = report::write(&report, &options.results).context("the figures cannot be written")?;
    eprintln!("written to {}", path.display());
    Ok(())
}

async fn measure(shop: &shop::Shop, period: Duration) -> anyhow::Result<report::Report> {
    let graph = graph::Graph::new(&shop.ready.graphql)?;
    let customer = graph.signed_in(shop.login("customer")?).await?;
    let staff = graph.signed_in(shop.login("staff")?).await?;
    eprintln!("filling the shelves");
    let skus = goods::stock_up(&staff).await?;
    let mut root = shop.as_root().await?;
    let idle = commits::Idle::measure(&mut root).await?;
    let mut checkouts = Vec::new();
    for buyers in BUYERS {
        eprintln!("{buyers} clients check out for {} s", period.as_secs());
        checkouts.push(checkouts::measure(shop, (&customer, &skus), idle, (buyers, period)).await?);
    }
    eprintln!("{BROWSERS} clients list products for {} s", period.as_secs());
    let lists = lists::measure(shop, &graph, (BROWSERS, period)).await?;
    let machine = machine::describe(&shop.mysql_version().await?, &shop.binary);
    Ok(report::Report { machine, seconds_a_row: period.as_secs(), checkouts, lists })
}
