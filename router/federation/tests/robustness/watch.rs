//! What the system says of this process: CPU time of a thread, memory.
//!
//! A hang is told by CPU time, not by the clock on the wall: on a busy machine an input may take long and be innocent.
//! Whoever waits without working is not seen, and there is nobody: the engine has no locks and no I/O.

use std::{fs, path::PathBuf};

/// The calling thread, as other threads can look at it.
pub struct Thread(PathBuf);

impl Thread {
    pub fn current() -> Self {
        Self(PathBuf::from("/proc").join(fs::read_link("/proc/thread-self").unwrap()).join("schedstat"))
    }

    /// Milliseconds on a CPU so far; the first field of `schedstat` is in nanoseconds (proc documentation of Linux).
    pub fn cpu_ms(&self) -> u64 {
        let text = fs::read_to_string(&self.0).unwrap();
        text.split_whitespace().next().unwrap().parse::<u64>().unwrap() / 1_000_000
    }
}

/// KiB held now, and at most so far.
pub fn memory_kib() -> (u64, u64) {
    let text = fs::read_to_string("/proc/self/status").unwrap();
    let line = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    };
    (line("VmRSS:"), line("VmHWM:"))
}
