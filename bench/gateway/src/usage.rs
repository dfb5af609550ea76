//! What a process has used, as the kernel counts it.

use std::{io, time::Duration};

/// Linux counts CPU in hundredths of a second, on every machine.
const TICK: Duration = Duration::from_millis(10);

#[derive(Debug, Clone, Copy)]
pub struct Usage {
    /// User and system time of all its threads.
    pub cpu: Duration,
    pub resident_kib: u64,
}

impl Usage {
    /// # Errors
    /// When there is no such process.
    pub fn of(pid: u32) -> io::Result<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // The name in brackets may hold anything; what follows it is numbers (proc_pid_stat(5), fields 14, 15).
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |index: usize| fields.get(index).and_then(|text| text.parse::<u32>().ok()).unwrap_or_default();
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let resident = resident.and_then(|text| text.split_whitespace().next()).and_then(|text| text.parse().ok());
        Ok(Self { cpu: TICK * (ticks(11) + ticks(12)), resident_kib: resident.unwrap_or_default() })
    }
}
