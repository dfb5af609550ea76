//! Processor time by process, from /proc.

use std::{collections::BTreeMap, fs};

/// USER_HZ of Linux, the unit of /proc, whatever the kernel's own.
const TICKS_A_SECOND: f64 = 100.0;

/// Processor time of each process so far, in milliseconds.
#[derive(Debug, Clone, Default)]
pub struct Usage(BTreeMap<String, f64>);

impl Usage {
    /// A process that is gone is left out.
    pub fn of(processes: &BTreeMap<String, u32>) -> Self {
        let used = processes.iter().filter_map(|(name, pid)| Some((name.clone(), milliseconds(*pid)?)));
        Self(used.collect())
    }

    /// Milliseconds since `earlier` for each of `count` operations.
    pub fn since(&self, earlier: &Self, count: usize) -> BTreeMap<String, f64> {
        let each =
            |(name, used): (&String, &f64)| Some((name.clone(), (used - earlier.0.get(name)?) / count.max(1) as f64));
        self.0.iter().filter_map(each).collect()
    }
}

/// Fields 14 and 15 of proc(5): user and system time, in ticks.
fn milliseconds(pid: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(ticks as f64 * 1_000.0 / TICKS_A_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_shows_as_processor_time() {
        let me = BTreeMap::from([("me".to_owned(), std::process::id())]);
        let before = Usage::of(&me);
        let until = std::time::Instant::now() + std::time::Duration::from_millis(300);
        while std::time::Instant::now() < until {
            std::hint::spin_loop();
        }
        let used = Usage::of(&me).since(&before, 10)["me"];
        assert!(used > 1.0 && used < 1_000.0, "{used}");
    }
}
