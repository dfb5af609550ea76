//! Looking again and again at what must hold at every moment, while the shop is under load. A database that is away
//! is no violation: it is looked for again.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use souk_process::Shutdown;

use super::{
    invariant::Invariant,
    report::{Finding, Report, Rest},
    sources::Sources,
    stars::Stars,
    store::Databases,
};

/// A transaction may commit a change long after it stamped it.
const OVERLAP: Duration = Duration::from_secs(15);

/// How often, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    pub every: Duration,
    /// None: until a stop is asked for.
    pub length: Option<Duration>,
}

/// Judges the continuous invariants until the time is over or a stop is requested. `tell` gets each violation when it
/// is first seen, and each look that failed.
///
/// # Errors
/// When no look succeeded.
pub async fn watch(
    sources: &Sources,
    pace: Pace,
    shutdown: &Shutdown,
    tell: &mut (dyn FnMut(&str) + Send),
) -> anyhow::Result<Report> {
    let (mut watched, mut databases) = (Watched::default(), None);
    let end = pace.length.map(|length| Instant::now() + length);
    // At least one look, however short the time.
    loop {
        let within = watched.last_look.map_or(Duration::MAX, |last| last.elapsed() + OVERLAP);
        let began = Instant::now();
        match look(sources, &mut databases, within).await {
            Ok(findings) => {
                watched.last_look = Some(began);
                watched.take(findings, tell);
            }
            Err(error) => {
                databases = None;
                watched.missed += 1;
                tell(&format!("a look failed and is tried again: {error:#}"));
                watched.last_error = Some(error);
            }
        }
        let pause = end.map_or(pace.every, |end| end.saturating_duration_since(Instant::now()).min(pace.every));
        if pause.is_zero() || !shutdown.pause(pause).await {
            break;
        }
    }
    watched.report()
}

async fn look(sources: &Sources, databases: &mut Option<Databases>, within: Duration) -> anyhow::Result<Vec<Finding>> {
    let open = match databases {
        Some(open) => open,
        None => databases.insert(Databases::open(&sources.mysql).await?),
    };
    Ok(Stars::read(open, within).await?.judge())
}

#[derive(Default)]
struct Watched {
    looks: u64,
    missed: u64,
    last_look: Option<Instant>,
    last_error: Option<anyhow::Error>,
    findings: BTreeMap<Invariant, Finding>,
}

impl Watched {
    /// Keeps every violation that was ever seen, and the newest figures.
    fn take(&mut self, findings: Vec<Finding>, tell: &mut (dyn FnMut(&str) + Send)) {
        self.looks += 1;
        for finding in findings {
            let kept = self.findings.entry(finding.invariant).or_insert_with(|| Finding::of(finding.invariant));
            for (what, count) in finding.figures {
                let most = kept.figures.entry(what).or_default();
                *most = count.max(*most);
            }
            for violation in finding.violations {
                if !kept.violations.contains(&violation) {
                    tell(&format!("VIOLATED {}: {}: {}", finding.invariant.number(), violation.of, violation.what));
                    kept.violations.push(violation);
                }
            }
        }
    }

    fn report(self) -> anyhow::Result<Report> {
        if self.looks == 0 {
            let error = self.last_error.unwrap_or_else(|| anyhow::anyhow!("there was no time for one"));
            return Err(error).context("not one look succeeded");
        }
        let rest = Rest::NotAsked { looks: self.looks, missed: self.missed };
        Ok(Report { rest, findings: self.findings.into_values().collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(of: &str) -> Finding {
        let mut finding = Finding::of(Invariant::StockInBounds);
        finding.looked_at("stock rows", 1);
        finding.violated(of, "on hand 0, reserved 1");
        finding
    }

    #[test]
    fn a_violation_that_passes_is_kept_and_told_once() {
        let (mut watched, mut told) = (Watched::default(), Vec::new());
        let mut tell = |line: &str| told.push(line.to_owned());
        watched.take(vec![broken("MUG@main")], &mut tell);
        watched.take(vec![broken("MUG@main")], &mut tell);
        watched.take(vec![Finding::of(Invariant::StockInBounds)], &mut tell);
        assert_eq!(told, ["VIOLATED 1: MUG@main: on hand 0, reserved 1"]);
        let report = watched.report().unwrap();
        assert!(!report.holds() && matches!(report.rest, Rest::NotAsked { looks: 3, missed: 0 }));
    }

    #[test]
    fn a_watch_that_never_saw_anything_does_not_say_that_all_is_well() {
        assert!(Watched { missed: 2, ..Watched::default() }.report().is_err());
    }
}
