//! The table for people and the file for machines.

use std::{io::Write as _, path::Path, time::Duration};

use serde::Serialize;

use crate::{load::Outcome, usage::Usage};

/// One measured run.
#[derive(Debug, Serialize)]
pub struct Row {
    pub name: &'static str,
    pub requests_per_s: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// CPU of the router's process a request.
    pub router_cpu_us: f64,
    /// CPU of all four subgraphs a request of the client.
    pub subgraphs_cpu_us: Option<f64>,
    pub router_resident_mib: f64,
    pub requests: usize,
}

/// Before and after.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    pub before: Usage,
    pub after: Usage,
}

impl Span {
    fn cpu_us(&self, requests: usize) -> f64 {
        (self.after.cpu.saturating_sub(self.before.cpu)).as_secs_f64() * 1e6 / requests.max(1) as f64
    }
}

impl Row {
    pub fn new(name: &'static str, outcome: &Outcome, router: Span, subgraphs: Option<Span>) -> Self {
        let requests = outcome.requests();
        let millis = |duration: Duration| duration.as_secs_f64() * 1e3;
        Self {
            name,
            requests_per_s: requests as f64 / outcome.elapsed.as_secs_f64(),
            p50_ms: millis(outcome.percentile(0.5)),
            p99_ms: millis(outcome.percentile(0.99)),
            router_cpu_us: router.cpu_us(requests),
            subgraphs_cpu_us: subgraphs.map(|span| span.cpu_us(requests)),
            router_resident_mib: router.after.resident_kib as f64 / 1024.0,
            requests,
        }
    }
}

/// What was measured, and on what.
#[derive(Debug, Serialize)]
pub struct Report {
    pub machine: Machine,
    pub answer_bytes: usize,
    pub compose_ms: f64,
    pub connections: usize,
    pub rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
pub struct Machine {
    pub cpu: String,
    pub cores: usize,
    /// Processes that wanted a core before the run, on average over a minute; near 0 on an idle machine.
    pub load_before: f64,
}

impl Machine {
    pub fn here() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let info = read("/proc/cpuinfo");
        let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        Self {
            cpu: model.map_or("unknown", |(_, name)| name.trim()).to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            load_before: read("/proc/loadavg").split(' ').next().and_then(|text| text.parse().ok()).unwrap_or_default(),
        }
    }
}

impl Report {
    /// # Errors
    /// When standard output is closed.
    pub fn print(&self) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        let Machine { cpu, cores, load_before } = &self.machine;
        writeln!(out, "{cores} cores, {cpu}; load before the run {load_before}")?;
        let (bytes, connections) = (self.answer_bytes, self.connections);
        writeln!(out, "{bytes} bytes an answer, {connections} connections; composed in {:.2} ms", self.compose_ms)?;
        writeln!(
            out,
            "{:<38} {:>9} {:>8} {:>8} {:>12} {:>13} {:>8}",
            "", "request/s", "p50 ms", "p99 ms", "router us/rq", "subgraphs us", "RSS MiB"
        )?;
        for row in &self.rows {
            writeln!(
                out,
                "{:<38} {:>9.0} {:>8.1} {:>8.1} {:>12.0} {:>13.0} {:>8.1}",
                row.name,
                row.requests_per_s,
                row.p50_ms,
                row.p99_ms,
                row.router_cpu_us,
                row.subgraphs_cpu_us.unwrap_or_default(),
                row.router_resident_mib
            )?;
        }
        Ok(())
    }

    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, serde_json::to_vec_pretty(self)?)
    }
}
