//! The ready file: how a process started on a free port tells its launcher where it listens.
//!
//! `SOUK_READY_FILE` names it; the content is one JSON object of names to addresses, e.g.
//! `{"http":"127.0.0.1:40123"}`. It is written beside and renamed, so a reader never sees half of it.

use std::{collections::BTreeMap, io, net::SocketAddr, path::Path};

/// Addresses by name; `http` is the main one, `admin` the one for operators.
pub type Addresses = BTreeMap<String, SocketAddr>;

/// Writes the addresses to the file that `SOUK_READY_FILE` names; nothing when it is not set.
///
/// # Errors
/// What the file system says.
pub fn announce(path: Option<&Path>, addresses: &Addresses) -> io::Result<()> {
    let Some(path) = path else { return Ok(()) };
    write_whole(path, &serde_json::to_vec(addresses).map_err(io::Error::other)?)
}

/// Reads what another process announced; None while it has not yet.
pub fn read(path: &Path) -> Option<Addresses> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

/// Writes a file beside its place and renames it there.
///
/// # Errors
/// What the file system says.
pub fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let beside = path.with_extension(format!("tmp{}", std::process::id()));
    std::fs::write(&beside, content)?;
    std::fs::rename(&beside, path)
}
