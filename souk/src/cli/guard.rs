//! `souk guard -- CMD`: see `infra/guard.rs`.

use std::ffi::OsString;

use crate::infra::guard;

#[derive(Debug, clap::Args)]
pub struct Options {
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

/// Returns only when the command cannot be run.
pub fn run(options: &Options) -> anyhow::Error {
    let program = options.command.first().map(|program| program.display().to_string()).unwrap_or_default();
    anyhow::Error::new(guard::become_command(&options.command)).context(format!("{program} cannot be run"))
}
