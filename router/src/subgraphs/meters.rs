//! What is counted of requests to subgraphs. Names and labels are looked up once a subgraph and not at each answer.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Instant,
};

use metrics::{Counter, Histogram};

/// Counts answers that came.
#[derive(Debug, Default)]
pub(super) struct Meters {
    by_subgraph: RwLock<HashMap<Arc<str>, Meter>>,
}

#[derive(Debug, Clone)]
struct Meter {
    answers: Counter,
    seconds: Histogram,
}

impl Meters {
    pub(super) fn answered(&self, subgraph: &Arc<str>, started: Instant) {
        let known = self.by_subgraph.read().unwrap_or_else(PoisonError::into_inner).get(subgraph).cloned();
        let meter = known.unwrap_or_else(|| {
            let meter = Meter::new(subgraph, "ok");
            let mut all = self.by_subgraph.write().unwrap_or_else(PoisonError::into_inner);
            all.insert(Arc::clone(subgraph), meter.clone());
            meter
        });
        meter.note(started);
    }
}

/// Counts what failed, which is rare.
pub(super) fn failed(subgraph: &Arc<str>, outcome: &'static str, started: Instant) {
    Meter::new(subgraph, outcome).note(started);
}

impl Meter {
    fn new(subgraph: &Arc<str>, outcome: &'static str) -> Self {
        let labels = [("subgraph", subgraph.to_string()), ("outcome", outcome.to_owned())];
        Self {
            answers: metrics::counter!("router_subgraph_requests_total", &labels),
            seconds: metrics::histogram!("router_subgraph_seconds", &labels),
        }
    }

    fn note(&self, started: Instant) {
        self.answers.increment(1);
        self.seconds.record(started.elapsed().as_secs_f64());
    }
}
