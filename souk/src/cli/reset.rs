//! `souk reset`: back to an empty shop.

use std::{path::PathBuf, process::ExitCode};

use super::say;
use crate::home::Home;

#[derive(Debug, clap::Args)]
pub struct Options {
    /// The shop's data folder
    #[arg(long, value_name = "DIR", default_value = ".souk")]
    data: PathBuf,
}

/// # Errors
/// When there is no shop's data, or the shop runs.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let home = Home::existing(&options.data)?;
    home.reset()?;
    say(&format!("{} is empty; the next `souk up` starts a new shop", home.root().display()));
    Ok(ExitCode::SUCCESS)
}
