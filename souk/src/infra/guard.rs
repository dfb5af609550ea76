//! Tying a process to the launcher: when the launcher dies, also by `kill -9`, the process dies with it.
//!
//! Linux keeps the parent-death signal across `exec`, so one step serves both our own services (they call
//! [`bind_to_launcher`] first thing) and foreign programs (`souk guard -- CMD` binds itself, then becomes CMD).
//! Elsewhere the clean-up at the next start does it (`up/orphans.rs`).

use std::{ffi::OsString, io, os::unix::process::CommandExt as _, process::Command};

/// Names the launcher's pid to its children.
pub const LAUNCHER_PID: &str = "SOUK_LAUNCHER_PID";

/// Asks the kernel for death with the launcher, when one started this process.
///
/// # Errors
/// When the launcher is gone already, or the kernel refuses.
pub fn bind_to_launcher() -> io::Result<()> {
    let Some(launcher) = std::env::var(LAUNCHER_PID).ok().and_then(|pid| pid.parse::<i32>().ok()) else {
        return Ok(());
    };
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};
        // KILL and not TERM: a stop that was not asked for must not depend on anybody's good will, and every
        // process of the shop survives a crash by design.
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // The launcher may have died before the line above: then the signal never comes.
        if getppid().map(Pid::as_raw_pid) != Some(launcher) {
            return Err(io::Error::other("the launcher that started this process is gone"));
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = launcher;
    Ok(())
}

/// Binds this process to the launcher and becomes `command`; returns only when that fails.
pub fn become_command(command: &[OsString]) -> io::Error {
    let Some((program, arguments)) = command.split_first() else {
        return io::Error::new(io::ErrorKind::InvalidInput, "no command given");
    };
    if let Err(error) = bind_to_launcher() {
        return error;
    }
    Command::new(program).args(arguments).exec()
}
