//! `souk plan`: how the router would answer an operation; the engine's explain.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use router::commands::{PlanInput, plan_command};

use super::say;

#[derive(Debug, clap::Args)]
pub struct Options {
    /// A supergraph in join-spec SDL, e.g. schema/supergraph.graphql
    #[arg(long, value_name = "FILE")]
    supergraph: PathBuf,
    /// The operation
    #[arg(long, value_name = "FILE")]
    query: PathBuf,
    /// Which operation of the file, when it holds several
    #[arg(long, value_name = "NAME")]
    operation: Option<String>,
    /// Its variables, as a JSON object; they are checked, the plan is the same for all values
    #[arg(long, value_name = "JSON")]
    variables: Option<String>,
    /// Print the plan as JSON
    #[arg(long)]
    json: bool,
}

/// # Errors
/// When a file cannot be read, the operation is not valid, or it cannot be planned.
pub fn run(options: Options) -> anyhow::Result<()> {
    let input = PlanInput {
        supergraph_sdl: read(&options.supergraph)?,
        query: read(&options.query)?,
        operation_name: options.operation,
        variables: options.variables,
        json: options.json,
    };
    say(plan_command(&input)?.trim_end());
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}
