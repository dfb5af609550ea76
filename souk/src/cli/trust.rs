//! `souk trust`: keys, credentials and passwords for services that run without the launcher.

use std::path::PathBuf;

use super::say;
use crate::trust::{Renewable, Trust};

#[derive(Debug, clap::Args)]
pub struct Options {
    /// Where the files go; what is there already stays as it is
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Where the services will find MySQL
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:3306")]
    mysql: String,
    /// An application of yours that may register with discovery (repeatable)
    #[arg(long, value_name = "NAME")]
    app: Vec<String>,
    /// Replace a key: that of a subgraph, or sign-in (repeatable)
    #[arg(long, value_name = "KEY")]
    renew: Vec<Renewable>,
}

/// # Errors
/// When a file cannot be read or written.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let trust = Trust::in_folder(&options.out, &options.app)?;
    for key in &options.renew {
        trust.renew(*key)?;
        say(&format!("{key} has a new key; hand out {} first, then the key", trust.bundle().display()));
    }
    trust.write_handouts(&options.mysql)?;
    say(&format!("{} holds a file of variables for each service (<service>.env)", trust.folder().display()));
    say(&format!("run {} once as an administrator of MySQL", trust.mysql_script().display()));
    Ok(())
}
