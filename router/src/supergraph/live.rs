//! The supergraph of the moment, swapped atomically, and what is to be told of it.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use arc_swap::ArcSwapOption;
use chrono::{DateTime, Utc};
use serde::Serialize;
use souk_process::{Health, clock};

use super::graph::Graph;

/// The part of the process that [`Health`] reports on.
const HEALTH_PART: &str = "supergraph";

/// Shared by the follower, which writes, and everybody else, who reads.
#[derive(Debug)]
pub struct LiveGraph {
    current: ArcSwapOption<Graph>,
    versions: AtomicU64,
    report: Mutex<Report>,
    health: Health,
}

/// What `/admin/supergraph` shows.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// 0 before the first supergraph.
    pub version: u64,
    pub composed_at: Option<DateTime<Utc>>,
    pub subgraphs: Vec<SubgraphReport>,
    pub refusals: Vec<Refusal>,
    /// Since when no registry has answered.
    pub stale_since: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SubgraphReport {
    pub name: String,
    /// Hash of the SDL that is composed.
    pub hash: String,
    pub instances: Vec<InstanceReport>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InstanceReport {
    pub id: String,
    pub status: String,
    pub hash: String,
}

/// A schema that is registered and not served, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Refusal {
    pub subgraph: String,
    pub hash: String,
    pub since: DateTime<Utc>,
    pub errors: Vec<RefusalError>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusalError {
    pub code: String,
    pub message: String,
    pub subgraph: Option<String>,
    pub line: Option<u32>,
    pub column: Option<u32>,
}

impl Refusal {
    pub(crate) fn new(subgraph: &str, hash: &str, errors: Vec<RefusalError>) -> Self {
        Self { subgraph: subgraph.to_owned(), hash: hash.to_owned(), since: clock::now(), errors }
    }

    /// Counts it and says it in the log.
    pub(crate) fn tell(&self) {
        metrics::counter!("router_supergraph_refusals_total", "subgraph" => self.subgraph.clone()).increment(1);
        let reasons: Vec<String> =
            self.errors.iter().map(|error| format!("{}: {}", error.code, error.message)).collect();
        tracing::warn!(
            subgraph = %self.subgraph,
            sdl.hash = %self.hash,
            "schema {} of subgraph {} is refused, the last good supergraph stays: {}",
            self.hash,
            self.subgraph,
            reasons.join("; ")
        );
    }
}

impl LiveGraph {
    pub fn new(health: Health) -> Self {
        health.set_unready(HEALTH_PART, "no supergraph yet");
        Self {
            current: ArcSwapOption::empty(),
            versions: AtomicU64::new(0),
            report: Mutex::new(Report::default()),
            health,
        }
    }

    pub fn current(&self) -> Option<Arc<Graph>> {
        self.current.load_full()
    }

    /// A number for the next graph.
    pub fn next_version(&self) -> u64 {
        self.versions.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Serves `graph` from now on.
    pub fn swap(&self, graph: Graph) {
        metrics::gauge!("router_supergraph_version").set(graph.version as f64);
        metrics::counter!("router_supergraph_swaps_total").increment(1);
        let names: Vec<&str> = graph.routes.keys().map(|name| &**name).collect();
        tracing::info!(
            supergraph.version = graph.version,
            "serving supergraph {} of {}",
            graph.version,
            names.join(", ")
        );
        let mut report = self.report();
        report.version = graph.version;
        report.composed_at = Some(graph.core.composed_at);
        drop(report);
        self.current.store(Some(Arc::new(graph)));
        self.health.set_ready(HEALTH_PART);
    }

    /// There is no subgraph left.
    pub fn clear(&self) {
        self.current.store(None);
        self.health.set_unready(HEALTH_PART, "no subgraph is registered");
    }

    pub fn report(&self) -> MutexGuard<'_, Report> {
        // Only plain assignments happen under the lock.
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
