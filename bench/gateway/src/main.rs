//! The gateway benchmark: one large query over four subgraphs, as the public benchmarks of federation gateways
//! ask it, with every process on this machine.
//!
//! ```text
//! run ──> subgraphs (one process: accounts, products, reviews, inventory)
//!     ──> router    (a process of its own, so that its CPU can be told apart)
//!     ──> load      (in this process: 50 connections, another Authorization each time)
//! ```
//! The subgraphs answer from memory in microseconds, so what is measured is the router. Every answer's length is
//! held against the right answer's, and one answer a row is compared in full.

mod catalogue;
mod load;
mod operation;
mod peers;
mod report;
mod resolve;
mod run;
mod subgraphs;
mod usage;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::{Parser, Subcommand};
use tokio::runtime::Builder;

/// Measures a federation router on one machine.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything: subgraphs, router, load; prints a table
    Run(run::Options),
    /// The four subgraphs, until stopped
    Subgraphs {
        #[arg(long)]
        ready_file: PathBuf,
    },
    /// Our router over a supergraph file, until stopped; settings by SOUK_* variables
    Router {
        #[arg(long)]
        supergraph: PathBuf,
    },
    /// Load alone, on a router that runs already
    Load {
        #[arg(long)]
        address: std::net::SocketAddr,
        #[arg(long, default_value = "/graphql")]
        path: String,
        /// The router's process, whose CPU and memory are told
        #[arg(long)]
        pid: u32,
        #[arg(long, default_value_t = 10)]
        seconds: u64,
    },
}

fn main() -> ExitCode {
    let ended = match Cli::parse().command {
        Command::Run(options) => run::run(&options),
        Command::Subgraphs { ready_file } => peers::serve_subgraphs(&ready_file),
        Command::Router { supergraph } => peers::serve_router(supergraph),
        Command::Load { address, path, pid, seconds } => {
            let plan = load::Plan { address, path, seconds: Duration::from_secs(seconds), ..load::Plan::default() };
            run::load_alone(&plan, pid)
        }
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("gateway-bench: {fault}");
            ExitCode::FAILURE
        }
    }
}

/// One thread: what is not measured shall be cheap and steady.
fn on_one_thread<T>(work: impl Future<Output = T>) -> Result<T, run::Fault> {
    Ok(Builder::new_current_thread().enable_all().build()?.block_on(work))
}
