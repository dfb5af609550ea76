//! The oracle: a random federation against a monolith.
//!
//! ```text
//! seed ─generate─> subgraph SDLs ──compose──> supergraph ──> router (plan, execute) ──┐
//!                      │      └─ expected schema = API schema?     │ in process, HTTP  │
//!                      │                                     subgraphs (engine)        = ? data, errors
//!                      └──────> world (every value from names) ──> monolith (engine) ──┘
//! ```
//! `make fuzz FUZZ_SECONDS=n` goes on for n seconds, from `FUZZ_FROM` (0) on; a seed is always the same federation,
//! data and operations. What fails is made small and written to `target/oracle/seed-n`: once it is understood, the
//! folder moves to `tests/oracle/cases` with a line of `why.md`, and is tried for ever.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod answer;
mod campaign;
mod checks;
mod coverage;
mod dice;
mod engine;
mod facts;
mod generate;
mod inputs;
mod judge;
mod kept;
mod operations;
mod round;
mod served;
mod shrink;
mod subgraph;
mod transport;
mod values;
mod world;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use campaign::{Campaign, Outcome};

const OPERATIONS: usize = 10;
/// What every run of the tests plays: with all cores less than a minute, without optimisation.
const SHARE: u64 = 400;
const SHARE_OVER_HTTP: u64 = 40;

fn failed_cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/oracle")
}

fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a whole number, not {text:?}")))
}

#[test]
fn random_federations_answer_as_a_monolith_would() {
    let from = variable("FUZZ_FROM").unwrap_or_default();
    let seconds = variable("FUZZ_SECONDS");
    let count = variable("FUZZ_COUNT").unwrap_or(if seconds.is_some() { u64::MAX - from } else { SHARE });
    let limit = seconds.map_or(Duration::MAX, Duration::from_secs);
    let campaign = Campaign { seeds: from..from + count, operations: OPERATIONS, limit, folder: failed_cases() };
    let Outcome { coverage, failures, next } = campaign.run();
    println!("seeds {from} to {}: {coverage}", next - 1);
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
    // Whoever asked for a few seconds or seeds gets what fits into them.
    if next - from >= SHARE {
        assert_eq!(coverage.missing("directives", &coverage::DIRECTIVES), [""; 0], "are in no federation");
        assert!(coverage.federations * 10 > (next - from) * 9, "too few federations compose: {coverage}");
        assert!(
            coverage.operations >= coverage.federations * OPERATIONS as u64 * 9 / 10,
            "too few operations: {coverage}"
        );
    }
}

#[test]
fn what_failed_once_is_answered_rightly() {
    let folders = kept::folders();
    assert!(!folders.is_empty());
    let faults = folders.iter().filter_map(|folder| Some(format!("== {}\n{}", folder.display(), kept::fault(folder)?)));
    let faults: Vec<String> = faults.collect();
    assert!(faults.is_empty(), "{} of {} cases\n{}", faults.len(), folders.len(), faults.join("\n"));
}

#[test]
fn a_share_is_answered_rightly_over_http_too() {
    let (answered, faults) = served::play(0..SHARE_OVER_HTTP, OPERATIONS);
    assert!(faults.is_empty(), "{} of {answered} operations\n{}", faults.len(), faults.join("\n"));
    assert!(answered > OPERATIONS * SHARE_OVER_HTTP as usize / 4, "only {answered} operations were asked");
}
