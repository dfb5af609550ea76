//! Souk, the one binary: the whole shop (`souk up`), each of its services alone (`souk serve`), and the tools
//! around them.
//!
//! ```text
//! cli ──> up ──> infra (MySQL, Kafka) + serve (children of this program) + seed
//!     ──> serve, schema, seed, token, verify, events, doctor, reset, compose, plan
//! ```
//! It wires; what a service does lies in that service's crate.

mod cli;
mod events;
mod home;
mod infra;
mod schema;
mod seed;
mod serve;
mod services;
mod trust;
mod up;
mod verify;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match cli::run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("souk: {error:#}");
            ExitCode::FAILURE
        }
    }
}
