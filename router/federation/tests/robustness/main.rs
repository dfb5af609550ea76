//! Whatever text comes in, the engine gives an answer: no panic, no overflow of the stack, no hang, no heap of memory.
//!
//! ```text
//! seed ─corpus, mutate─> Input ──> a worker, a process of its own: compose, or parse as the router does and plan
//!            (compose, plan)            │ watch: CPU time of an input, memory
//!                campaign <── what the worker says, or how it died and on which seed
//! ```
//! A seed is the same input for as long as the cases it is made of are the same: `ROBUST_FROM=n ROBUST_COUNT=1` tries
//! the one that failed again, and its text lies in `target/robustness`. `ROBUST_SECONDS=n` goes on for n seconds, from
//! `ROBUST_FROM` (0) on, as `make fuzz` does. What was found becomes a case of `tests/compose` or `tests/plan`, or a
//! test beside the code.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod campaign;
mod compose;
mod contrived;
mod corpus;
mod faulty;
mod grammar;
mod mutate;
#[path = "../oracle/operations.rs"]
mod operations;
mod plan;
mod tokens;
mod watch;
mod worker;

use campaign::{Campaign, Summary};

/// Inputs in every run of the tests: some seconds each, without optimisation.
const SHARE_OF_COMPOSE: u64 = 1_500;
const SHARE_OF_PLAN: u64 = 3_000;

#[test]
fn compose_answers_whatever_the_text() {
    let summary = run("compose_answers_whatever_the_text", &compose::Texts::read(), SHARE_OF_COMPOSE);
    println!("compose: {summary}");
    // Whoever asked for a few seeds gets what is in them.
    if summary.inputs >= SHARE_OF_COMPOSE {
        assert!(summary.reached * 20 > summary.inputs, "too few inputs compose: {summary}");
        assert!(summary.reached * 20 < summary.inputs * 19, "too few inputs are refused: {summary}");
    }
}

#[test]
fn plan_answers_whatever_the_operation() {
    let summary = run("plan_answers_whatever_the_operation", &plan::Operations::read(), SHARE_OF_PLAN);
    println!("plan: {summary}");
    if summary.inputs >= SHARE_OF_PLAN {
        assert!(summary.reached * 5 > summary.inputs, "too few inputs are planned: {summary}");
        assert!(summary.reached * 20 < summary.inputs * 19, "too few inputs are refused: {summary}");
    }
}

fn run(test: &'static str, target: &impl Target, share: u64) -> Summary {
    let outcome = Campaign::of_environment(test, share).run(target);
    outcome.unwrap_or_else(|faults| panic!("{faults}"))
}

/// What is held against arbitrary input.
pub trait Target: Sync {
    /// The input of a seed; the same in every process.
    fn input(&self, seed: u64) -> Input;

    /// Whether the input got to the end: an input refused half way is as good an answer, and tries less.
    ///
    /// # Errors
    /// What should not be, though nothing panicked.
    fn answer(&self, input: &Input) -> Result<bool, String>;
}

/// Texts under their names, as they are written down when they fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// What else the seed decides: the supergraph to plan on, or the operation to plan on what composes.
    pub scene: usize,
    pub files: Vec<(String, String)>,
}
