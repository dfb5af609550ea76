//! The command line: one file a command.

mod compose;
mod doctor;
mod events;
mod guard;
mod plan;
mod reset;
mod schema;
mod seed;
mod serve;
mod token;
mod topics;
mod trust;
mod verify;

use std::{
    future::Future,
    io::{self, Write as _},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::{Parser, Subcommand};

use crate::up::{self, UpOptions};

/// A federated GraphQL shop: one binary, many roles.
#[derive(Debug, Parser)]
#[command(name = "souk", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the whole shop on this machine and keep it until Ctrl-C
    Up(UpOptions),
    /// Run one service alone, configured by environment variables (docs/OPERATIONS.md)
    Serve(serve::Options),
    /// Write the committed interfaces (schema/) anew from the code, or compare them
    Schema(schema::Options),
    /// Compose subgraphs into a supergraph and print it
    Compose(compose::Options),
    /// Show how the router would answer an operation
    Plan(plan::Options),
    /// Load the demo catalogue into the running shop; what is there stays
    Seed(seed::Options),
    /// Sign in to the running shop and print the access token
    Token(token::Options),
    /// Check that the running shop holds its invariants: money, stock, events, histories
    Verify(verify::Options),
    /// Look at what lies in the topics: dead letters, to be sent again, and the events of one aggregate
    Events(events::Options),
    /// Delete the data of a shop that does not run
    Reset(reset::Options),
    /// Make keys, credentials and passwords for services that run without `souk up`, or renew keys
    Trust(trust::Options),
    /// Make the shop's topics on a Kafka of yours
    Topics(topics::Options),
    /// Check what this machine has and what it lacks
    Doctor(doctor::Options),
    /// Become another program that ends with the launcher
    #[command(hide = true)]
    Guard(guard::Options),
}

/// # Errors
/// One sentence for the reader.
pub fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Guard(options) => Err(guard::run(&options)),
        Command::Reset(options) => reset::run(&options),
        Command::Doctor(options) => Ok(doctor::run(&options)),
        Command::Schema(options) => schema::run(&options),
        Command::Trust(options) => trust::run(&options).map(|()| ExitCode::SUCCESS),
        Command::Plan(options) => plan::run(options).map(|()| ExitCode::SUCCESS),
        Command::Compose(options) => block_on(compose::run(options)),
        Command::Verify(options) => block_on(verify::run(options)),
        Command::Events(options) => block_on(events::run(options)),
        Command::Up(options) => block_on(done(up::run(options))),
        Command::Serve(options) => block_on(done(serve::run(options))),
        Command::Seed(options) => block_on(done(seed::run(options))),
        Command::Topics(options) => block_on(done(topics::run(options))),
        Command::Token(options) => block_on(done(token::run(options))),
    }
}

async fn done(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<ExitCode> {
    command.await.map(|()| ExitCode::SUCCESS)
}

fn block_on(command: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    // Every client and server of this process shares one implementation of cryptography; a second call is none.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no runtime")?;
    let done = runtime.block_on(command);
    // A download or a broker's answer that nobody waits for any more must not hold up the exit.
    runtime.shutdown_background();
    done
}

/// Writes a line to standard output; a reader that has gone away is no fault of ours.
fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}
