//! Many rounds, on all cores: seeds are handed out in order, failures are made small and kept as case folders.

use std::{
    ops::Range,
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{
    coverage::Coverage,
    kept,
    round::{self, Failure},
    shrink::shrink,
};

/// Failures after which a run ends: the first ones say enough.
const ENOUGH: usize = 5;

pub struct Campaign {
    pub seeds: Range<u64>,
    /// Operations held against the monolith, a federation.
    pub operations: usize,
    /// When it ends, though seeds are left.
    pub limit: Duration,
    /// Where failing cases go.
    pub folder: PathBuf,
}

pub struct Outcome {
    pub coverage: Coverage,
    /// What is wrong, for people.
    pub failures: Vec<String>,
    /// The first seed that was not played.
    pub next: u64,
}

impl Campaign {
    pub fn run(&self) -> Outcome {
        let began = Instant::now();
        let next = AtomicU64::new(self.seeds.start);
        let outcome: Mutex<(Coverage, Vec<String>)> = Mutex::default();
        let work = || loop {
            let failed = outcome.lock().unwrap_or_else(PoisonError::into_inner).1.len();
            if failed >= ENOUGH || began.elapsed() > self.limit {
                return;
            }
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= self.seeds.end {
                return;
            }
            let round = round::play(seed, self.operations);
            let told: Vec<String> = round.failures.iter().map(|failure| self.tell(failure)).collect();
            let mut outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner);
            outcome.0.add(round.coverage);
            outcome.1.extend(told);
        };
        thread::scope(|scope| {
            for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
                scope.spawn(work);
            }
        });
        let (coverage, failures) = outcome.into_inner().unwrap_or_else(PoisonError::into_inner);
        Outcome { coverage, failures, next: next.into_inner().min(self.seeds.end) }
    }

    fn tell(&self, failure: &Failure) -> String {
        let (case, question, mismatch) = shrink(failure);
        let folder = self.folder.join(format!("seed-{}", failure.seed));
        let kept = kept::write(&folder, &case, &question).map_or_else(|error| error.to_string(), |()| String::new());
        let plan = case.compose().ok().and_then(|supergraph| case.bench(supergraph).ok());
        let plan = plan.and_then(|bench| bench.plan(&question)).unwrap_or_default();
        format!(
            "== seed {}: {:?}, made small in {} {kept}\n{}\n{}\n{}\n{plan}",
            failure.seed,
            mismatch.kind,
            folder.display(),
            mismatch.told,
            question.text,
            serde_json::Value::Object(question.variables),
        )
    }
}
