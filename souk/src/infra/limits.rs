//! What this machine allows: open files and free disk.

use std::path::Path;

use anyhow::{Context as _, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Enough for the databases' tables and some thousand subscribers.
const WANTED_FILES: u64 = 65_536;
/// Below this a start would end half-way: the database's files alone take 150 MB.
const NEEDED_DISK_MB: u64 = 400;

/// Raises the number of files that this process and its children may open, as far as it may; gives the figure.
pub fn raise_file_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let ceiling = limit.maximum.unwrap_or(WANTED_FILES);
    let current = limit.current.unwrap_or(ceiling);
    let wanted = WANTED_FILES.min(ceiling).max(current);
    match setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum }) {
        Ok(()) => wanted,
        Err(_) => current,
    }
}

/// Free megabytes on the disk of `path`.
///
/// # Errors
/// What the file system says.
pub fn free_disk_mb(path: &Path) -> anyhow::Result<u64> {
    let disk = rustix::fs::statvfs(path).with_context(|| format!("{} cannot be examined", path.display()))?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize) / 1_000_000)
}

/// # Errors
/// When the disk of `path` is too full to start on.
pub fn check_disk(path: &Path) -> anyhow::Result<()> {
    let free = free_disk_mb(path)?;
    if free < NEEDED_DISK_MB {
        bail!(
            "only {free} MB are free on the disk of {}: the shop needs {NEEDED_DISK_MB}; make room, or give it \
             another disk with --data",
            path.display()
        );
    }
    Ok(())
}
