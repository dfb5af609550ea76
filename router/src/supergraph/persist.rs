//! The last good supergraph on disk: a router that starts while the registry is gone serves it.

use std::{
    io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use souk_process::ready::write_whole;

/// What is kept, as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct LastGood {
    pub(crate) composed_at: DateTime<Utc>,
    pub(crate) supergraph: String,
    pub(crate) subgraphs: Vec<KeptSubgraph>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptSubgraph {
    pub(crate) name: String,
    pub(crate) app: String,
    pub(crate) hash: String,
    pub(crate) sdl: String,
    /// Base addresses of the instances that had this schema.
    pub(crate) instances: Vec<String>,
}

fn file(state_dir: &Path) -> PathBuf {
    state_dir.join("supergraph.json")
}

/// Reads what is kept; None when there is nothing, or nothing that can be used.
pub(crate) fn load(state_dir: &Path) -> Option<LastGood> {
    let path = file(state_dir);
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::warn!(%error, "the last good supergraph {} cannot be read", path.display());
            return None;
        }
    };
    serde_json::from_slice(&text)
        .inspect_err(|error| tracing::warn!(%error, "the last good supergraph {} is not valid", path.display()))
        .ok()
}

/// # Errors
/// What the file system says.
pub(crate) fn save(state_dir: &Path, last_good: &LastGood) -> io::Result<()> {
    std::fs::create_dir_all(state_dir)?;
    write_whole(&file(state_dir), &serde_json::to_vec(last_good).map_err(io::Error::other)?)
}
