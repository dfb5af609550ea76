//! Processes that a launcher left behind: possible only where the kernel knows no parent-death signal, or when
//! both a launcher and its signal were lost. Each is recognised by pid and start time together, so that a
//! stranger who got the pid since is never touched.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::bail;
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};

use crate::home::{Home, write_private};

/// A database gets this long to close its files.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    pub name: String,
    pub pid: u32,
    /// Clock ticks after the machine's boot (proc(5), field 22): with the pid it names one process for ever.
    pub started_ticks: u64,
}

impl Process {
    /// None when it has ended, or where there is no /proc.
    pub fn running(name: &str, pid: u32) -> Option<Self> {
        Some(Self { name: name.to_owned(), pid, started_ticks: start_ticks(pid)? })
    }

    fn lives(&self) -> bool {
        start_ticks(self.pid) == Some(self.started_ticks)
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = Pid::from_raw(self.pid as i32) {
            // Fails only when it has just ended.
            let _ = kill_process(pid, signal);
        }
    }
}

pub fn list_file(home: &Home) -> PathBuf {
    home.run().join("processes.json")
}

/// A list that cannot be written costs the next start its clean-up, no more.
pub fn write_list(path: &Path, processes: &[Process]) {
    if let Ok(content) = serde_json::to_vec(processes) {
        let _ = write_private(path, &content);
    }
}

/// Ends what the last launcher of this data folder left running.
///
/// # Errors
/// When one cannot be ended.
pub fn end_left_over(home: &Home) -> anyhow::Result<()> {
    let path = list_file(home);
    let listed: Vec<Process> =
        fs::read(&path).ok().and_then(|content| serde_json::from_slice(&content).ok()).unwrap_or_default();
    let left: Vec<&Process> = listed.iter().filter(|process| process.lives()).collect();
    for process in &left {
        process.signal(Signal::TERM);
    }
    let deadline = Instant::now() + PATIENCE;
    while left.iter().any(|process| process.lives()) && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    for process in left.iter().filter(|process| process.lives()) {
        process.signal(Signal::KILL);
    }
    let deadline = Instant::now() + PATIENCE;
    while let Some(process) = left.iter().find(|process| process.lives()) {
        if Instant::now() > deadline {
            bail!("{} (pid {}) of an earlier run does not end: end it by hand", process.name, process.pid);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    write_list(&path, &[]);
    Ok(())
}

/// None for a process that has ended, also when its parent has not taken notice yet.
fn start_ticks(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold blanks and brackets itself.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    if fields.next()? == "Z" {
        return None;
    }
    // Field 3 (the state) was taken; field 22 is the 19th from there.
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn what_an_earlier_run_left_is_ended_and_strangers_stay() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(folder.path()).unwrap();
        let mut left = Command::new("sleep").arg("1000").spawn().unwrap();
        let mut stranger = Command::new("sleep").arg("1000").spawn().unwrap();
        let mut listed = vec![Process::running("orders", left.id()).unwrap()];
        listed.push(Process { started_ticks: 1, ..Process::running("payments", stranger.id()).unwrap() });
        write_list(&list_file(&home), &listed);

        end_left_over(&home).unwrap();

        assert!(left.try_wait().unwrap().is_some());
        assert!(stranger.try_wait().unwrap().is_none());
        stranger.kill().unwrap();
        stranger.wait().unwrap();
    }
}
