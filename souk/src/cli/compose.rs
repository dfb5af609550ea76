//! `souk compose`: subgraphs in, supergraph out, or every reason why there is none.

use std::{path::PathBuf, process::ExitCode};

use router::commands::{compose_command, composition_errors_json};

use super::say;

#[derive(Debug, clap::Args)]
pub struct Options {
    /// YAML or JSON: `subgraphs: [{name, url, sdl | schema_file | introspect: true}]`
    #[arg(long, value_name = "FILE")]
    subgraphs: PathBuf,
    /// Print errors as JSON on standard output
    #[arg(long)]
    json: bool,
}

/// Status 1 when the subgraphs do not compose.
///
/// # Errors
/// When the files cannot be read.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    match compose_command(&options.subgraphs).await? {
        Ok(supergraph) => {
            say(supergraph.trim_end());
            Ok(ExitCode::SUCCESS)
        }
        Err(errors) => {
            if options.json {
                say(&composition_errors_json(&errors));
            } else {
                for error in &errors {
                    eprintln!("{error}");
                }
            }
            Ok(ExitCode::FAILURE)
        }
    }
}
