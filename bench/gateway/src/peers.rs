//! The processes beside the load: started as children of this program, each in its own role.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command},
    time::{Duration, Instant},
};

use router::{Config, Flags};
use souk_process::{
    Env, Shutdown, listen, ready,
    telemetry::{Telemetry, TelemetryConfig},
};
use tokio::runtime::Builder;

use crate::{on_one_thread, run::Fault, subgraphs};

const START_LIMIT: Duration = Duration::from_secs(20);

/// A child of this program; it ends with it.
pub struct Peer {
    child: Child,
    pub address: SocketAddr,
}

impl Peer {
    /// Starts and waits until it listens.
    ///
    /// # Errors
    /// When it does not within the limit.
    pub fn start(mut command: Command, ready_file: &Path) -> Result<Self, Fault> {
        let _ = std::fs::remove_file(ready_file);
        let child = command.spawn()?;
        let mut peer = Self { child, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        let started = Instant::now();
        while started.elapsed() < START_LIMIT {
            if let Some(addresses) = ready::read(ready_file) {
                peer.address = addresses.get("http").copied().ok_or(Fault::NotReady)?;
                return Ok(peer);
            }
            if peer.child.try_wait()?.is_some() {
                return Err(Fault::NotReady);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Err(Fault::NotReady)
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It holds nothing that must be kept.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// This program in another role.
pub fn own(role: &str) -> Result<Command, Fault> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(role);
    Ok(command)
}

/// The role `subgraphs`.
pub fn serve_subgraphs(ready_file: &Path) -> Result<(), Fault> {
    on_one_thread(async {
        let shutdown = Shutdown::on_signals();
        let listener = listen::bind("subgraphs", SocketAddr::from(([127, 0, 0, 1], 0))).await.map_err(Fault::other)?;
        let addresses = [("http".to_owned(), listener.local_addr()?)].into();
        ready::announce(Some(ready_file), &addresses)?;
        axum::serve(listener, subgraphs::routes()).with_graceful_shutdown(shutdown.signal()).await?;
        Ok(())
    })?
}

/// The role `router`: what `souk serve router --supergraph FILE` does, in a binary that is quick to build.
pub fn serve_router(supergraph: PathBuf) -> Result<(), Fault> {
    let mut env = Env::process();
    let telemetry = Telemetry::install(&TelemetryConfig::read(&mut env));
    let flags = Flags { supergraph: Some(supergraph), ..Flags::default() };
    let config = Config::read_with(&mut env, &flags).map_err(Fault::other)?;
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async { router::run(config, telemetry, Shutdown::on_signals()).await }).map_err(Fault::other)
}
