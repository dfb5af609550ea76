//! `souk serve SERVICE`: one role of the binary.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::{Context as _, bail};
use router::Flags;
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
    let Options { service, supergraph, subgraphs, listen, admin_listen } = options;
    let flags = Flags { supergraph, subgraphs, listen, admin_listen };
    if service != Service::Router && given(&flags) {
        bail!("flags are for the router; {service} is configured by environment variables");
    }
    serve::run(service, &mut Env::process(), &flags, Shutdown::on_signals()).await
}

fn given(flags: &Flags) -> bool {
    let Flags { supergraph, subgraphs, listen, admin_listen } = flags;
    supergraph.is_some() || subgraphs.is_some() || listen.is_some() || admin_listen.is_some()
}
