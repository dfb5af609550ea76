//! Everything that can be found wrong before a single process is started.

use std::path::{Path, PathBuf};

use anyhow::bail;

use super::{options::UpOptions, orphans};
use crate::{
    home::{Home, Lock},
    infra::{limits, ports::Ports},
    trust::Trust,
};

/// What a shop stands on once the checks have passed. The folder is ours for as long as this lives.
#[derive(Debug)]
pub struct Ground {
    pub home: Home,
    pub trust: Trust,
    pub ports: Ports,
    pub ready_file: Option<PathBuf>,
    pub _lock: Lock,
}

/// # Errors
/// One clear sentence; nothing was started.
pub fn prepare(options: &UpOptions) -> anyhow::Result<Ground> {
    let home = Home::open(&options.data)?;
    let lock = home.lock()?;
    limits::check_disk(home.root())?;
    orphans::end_left_over(&home)?;
    let ports = Ports::choose(options.ports)?;
    limits::raise_file_limit();
    let trust = Trust::prepare(&home, &options.app)?;
    let ready_file = options.ready_file.as_ref().map(std::path::absolute).transpose()?;
    if let Some(file) = &ready_file {
        if !file.parent().is_some_and(Path::is_dir) {
            bail!("the ready file {} cannot be written: its folder is not there", file.display());
        }
        // A reader must not take the last run's for this one's.
        let _ = std::fs::remove_file(file);
    }
    Ok(Ground { home, trust, ports, ready_file, _lock: lock })
}
