//! Many seeds in a process of their own: what ends that process is a fault of the seed it was at.

use std::{
    env, fmt, fs,
    path::{Path, PathBuf},
    process::{self, Command},
};

use serde::{Deserialize, Serialize};

use crate::{
    Target,
    worker::{self, Task},
};

/// Tells a process that it is the worker: its [`Task`].
const WORKER: &str = "ROBUST_WORKER";

/// Seeds of one target.
pub struct Campaign {
    /// The test that runs it: the worker is this binary again, with that test alone.
    pub test: &'static str,
    pub task: Task,
}

/// What was done.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Summary {
    pub inputs: u64,
    /// Inputs that were not refused on the way.
    pub reached: u64,
    /// The first seed that was not tried.
    pub next: u64,
    /// CPU time of the slowest input, and its seed.
    pub slowest: (u64, u64),
    /// KiB before the first input, after the last one, and at most.
    pub memory_kib: (u64, u64, u64),
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, end, peak) = self.memory_kib;
        write!(
            f,
            "{} inputs, {} to the end; slowest {} ms (seed {}); memory {} MiB, then {} MiB, at most {} MiB; next seed {}",
            self.inputs,
            self.reached,
            self.slowest.0,
            self.slowest.1,
            start / 1024,
            end / 1024,
            peak / 1024,
            self.next,
        )
    }
}

fn variable(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a whole number, not {text:?}")))
}

/// Where failing inputs go.
fn failed_inputs() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    workspace.join("target/robustness")
}

impl Campaign {
    /// `share` seeds, or what the environment asks for.
    pub fn of_environment(test: &'static str, share: u64) -> Self {
        let seconds = variable("ROBUST_SECONDS");
        let count = variable("ROBUST_COUNT").unwrap_or(if seconds.is_some() { u64::MAX } else { share });
        let from = variable("ROBUST_FROM").unwrap_or_default();
        Self { test, task: Task { from, count, seconds, ..Task::default() } }
    }

    /// # Errors
    /// Every fault, with its seed and where its input lies.
    pub fn run(&self, target: &impl Target) -> Result<Summary, String> {
        if let Ok(task) = env::var(WORKER) {
            worker::work(&serde_json::from_str(&task).unwrap(), target);
        }
        let folder = failed_inputs();
        fs::create_dir_all(&folder).unwrap();
        let place = folder.join(format!("{}-{}.seed", self.test, process::id()));
        let task = Task { place: place.clone(), ..self.task.clone() };
        let worker = Command::new(env::current_exe().unwrap())
            .args(["--exact", self.test, "--nocapture", "--test-threads=1"])
            .env(WORKER, serde_json::to_string(&task).unwrap())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&worker.stdout);
        let mut faults: Vec<(u64, String)> =
            told.lines().filter_map(|line| serde_json::from_str(line.strip_prefix(worker::FAULT)?).ok()).collect();
        let summary = told.lines().find_map(|line| line.strip_prefix(worker::SUMMARY));
        if summary.is_none() && !faults.iter().any(|fault| fault.0 == worker::seed_at(&place)) {
            let last = String::from_utf8_lossy(&worker.stderr).trim().lines().last().unwrap_or_default().to_owned();
            faults.push((worker::seed_at(&place), format!("the process died: {} {last}", worker.status)));
        }
        let _gone = fs::remove_file(&place);
        match summary {
            Some(summary) if faults.is_empty() => Ok(serde_json::from_str(summary).unwrap()),
            _ => {
                let told: String = faults.iter().map(|(seed, fault)| self.tell(target, *seed, fault)).collect();
                Err(format!("{told}{}", summary.unwrap_or("the worker did not come to its end")))
            }
        }
    }

    /// Writes the input down and says how to try it again.
    fn tell(&self, target: &impl Target, seed: u64, fault: &str) -> String {
        let folder = failed_inputs().join(format!("{}-{seed}", self.test));
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in target.input(seed).files {
            fs::write(folder.join(name), text).unwrap();
        }
        format!("== seed {seed} (ROBUST_FROM={seed} ROBUST_COUNT=1), input in {}\n{fault}\n", folder.display())
    }
}
