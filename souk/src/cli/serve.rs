//! `souk serve SERVICE`: one role of the binary.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::{Context as _, bail};
use souk_process::{Env, Shutdown};

use crate::{
    infra::{guard, limits},
    serve,
    services::Service,
};

#[derive(Debug, clap::Args)]
pub struct Options {
    service: Service,
    /// Router: serve this supergraph (any join-spec SDL) instead of following discovery
    #[arg(long, value_name = "FILE", conflicts_with = "subgraphs")]
    supergraph: Option<PathBuf>,
    /// Router: compose these subgraphs (YAML or JSON) instead of following discovery
    #[arg(long, value_name = "FILE")]
    subgraphs: Option<PathBuf>,
    /// Router: where clients come in; instead of SOUK_LISTEN
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Router: health, metrics and admin; instead of SOUK_ADMIN_LISTEN
    #[arg(long, value_name = "ADDR")]
    admin_listen: Option<SocketAddr>,
}

/// Runs until a signal.
///
/// # Errors
/// Every fault of the configuration together, or why the service ended.
pub async fn run(options: Options) -> anyhow::Result<()> {
    guard::bind_to_launcher().context("this process cannot be tied to its launcher")?;
    limits::raise_file_limit();
    let mut env = environment(&options)?;
    serve::run(options.service, &mut env, Shutdown::on_signals()).await
}

/// This process's variables, with the flags over them.
fn environment(options: &Options) -> anyhow::Result<Env> {
    let path = |path: &PathBuf| path.display().to_string();
    let flags = [
        ("SOUK_ROUTER_SUPERGRAPH", options.supergraph.as_ref().map(path)),
        ("SOUK_ROUTER_SUBGRAPHS", options.subgraphs.as_ref().map(path)),
        ("SOUK_LISTEN", options.listen.map(|address| address.to_string())),
        ("SOUK_ADMIN_LISTEN", options.admin_listen.map(|address| address.to_string())),
    ];
    let given: Vec<(String, String)> =
        flags.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    if !given.is_empty() && options.service != Service::Router {
        bail!("flags are for the router; {} is configured by environment variables", options.service);
    }
    Ok(Env::from_pairs(std::env::vars().chain(given)))
}
