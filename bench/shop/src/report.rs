//! The figures: a table to read, a file to keep.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde::Serialize;
use souk_process::clock;

use crate::{checkouts::Checkouts, lists::Lists, machine::Machine, pace::Pace};

#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub machine: Machine,
    pub seconds_a_row: u64,
    pub checkouts: Vec<Checkouts>,
    pub lists: Lists,
}

/// Prints the table; a reader that has gone away is no fault of ours.
pub fn show(report: &Report) {
    let _ = writeln!(io::stdout(), "{}", table(report));
}

/// Writes `shop-<seconds since 1970>.json`.
///
/// # Errors
/// What the file system says.
pub fn write(report: &Report, folder: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let path = folder.join(format!("shop-{}.json", clock::unix_seconds()));
    fs::write(&path, serde_json::to_vec_pretty(report)?)?;
    Ok(path)
}

fn table(report: &Report) -> String {
    let Machine { processor, cores, memory_mb, kernel, mysql, program } = &report.machine;
    let mut lines = vec![
        String::new(),
        format!("  {processor}, {cores} cores, {memory_mb} MB, Linux {kernel}, {mysql}"),
        format!("  {program}, clients on the same machine"),
        String::new(),
        format!("  {:<28}{:>9}{:>10}{:>9}{:>9}{:>9}", "", "done", "a second", "p50 ms", "p95 ms", "p99 ms"),
    ];
    for checkouts in &report.checkouts {
        lines.push(row(&format!("checkouts, {} clients", checkouts.pace.clients), &checkouts.pace));
    }
    lines.push(row(&format!("lists of 20, {} clients", report.lists.pace.clients), &report.lists.pace));
    lines.push(String::new());
    for checkouts in &report.checkouts {
        lines.push(format!(
            "  {} clients: {:.1} transactions a checkout, {:.0} % of the {:.0} bare durable commits/s of this MySQL; stock \
             and mails {:.1} s behind",
            checkouts.pace.clients,
            checkouts.transactions_each,
            checkouts.share_of_bare * 100.0,
            checkouts.bare_commits_per_second,
            checkouts.followed_after_seconds,
        ));
    }
    lines.push(String::new());
    for checkouts in &report.checkouts {
        lines.push(cpu(&format!("a checkout at {}", checkouts.pace.clients), &checkouts.cpu_ms_each));
    }
    lines.push(cpu("a list", &report.lists.cpu_ms_each));
    lines.push(String::new());
    lines.join("\n")
}

fn row(name: &str, pace: &Pace) -> String {
    let Pace { done, per_second, median_ms, p95_ms, p99_ms, .. } = pace;
    format!("  {name:<28}{done:>9}{per_second:>10.1}{median_ms:>9.1}{p95_ms:>9.1}{p99_ms:>9.1}")
}

/// The processes that count, the dearest first.
fn cpu(what: &str, each: &BTreeMap<String, f64>) -> String {
    let mut dearest: Vec<(&String, &f64)> = each.iter().filter(|(_, used)| **used >= 0.005).collect();
    dearest.sort_by(|a, b| b.1.total_cmp(a.1));
    let parts: Vec<String> = dearest.iter().map(|(name, used)| format!("{name} {used:.2}")).collect();
    format!("  CPU ms of {what}: {:.2} ({})", each.values().sum::<f64>(), parts.join(", "))
}
