//! `souk reset`: back to an empty shop.

use std::{path::PathBuf, process::ExitCode};

use super::say;
use crate::{home::Home, up};

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
    let held = home.lock()?;
    // A launcher that was killed a moment ago may have left a database that still writes.
    up::end_left_over(&home)?;
    home.empty(&held)?;
    say(&format!("{} is empty; the next `souk up` starts a new shop", home.root().display()));
    Ok(ExitCode::SUCCESS)
}
