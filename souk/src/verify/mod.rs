//! `souk verify`: the shop's fifteen invariants, held against the live databases, what was emitted, and the
//! provider's own ledger.
//!
//! ```text
//! sources ──> rest (wait until nothing goes on) ──> facts ──> judge (pure) ──> report
//!                                                  ├ store/    the services' tables, read only
//!                                                  ├ broker    the topics, or the outboxes
//!                                                  └ provider  its ledger
//!         ──> watch (stars, again and again) ─────────────> judge (pure) ──> report
//! ```
//! It never writes, and shares no code with the services: the rules are written down a second time, so that the two
//! can disagree.

mod broker;
mod events;
mod facts;
mod invariant;
mod judge;
mod ledger;
mod provider;
mod report;
mod rest;
mod rows;
mod seen;
mod sources;
mod stars;
mod store;
#[cfg(test)]
mod tests;
mod watch;

use std::time::{Duration, Instant};

pub use judge::Limits;
pub use provider::Provider;
pub use report::Report;
pub use seen::{Sighting, read as read_seen};
pub use sources::{Events, Sources};
pub use watch::{Pace, watch};

use self::{facts::Facts, report::Rest, store::Databases};

/// Waits until the shop is at rest, at most for `patience`, and judges every invariant. What is read while something
/// changes is read again.
///
/// # Errors
/// When a database, the broker or the provider cannot be asked.
pub async fn verify(sources: &Sources, seen: Option<&[Sighting]>, patience: Duration) -> anyhow::Result<Report> {
    let mut databases = Databases::open(&sources.mysql).await?;
    let began = Instant::now();
    let deadline = began + patience;
    let (facts, unrest, after) = loop {
        let unrest = rest::wait(sources, &mut databases, deadline).await?;
        let after = began.elapsed();
        let before = rest::mark(&mut databases).await?;
        let facts = Facts::read(sources, &mut databases).await?;
        let moved = rest::mark(&mut databases).await? != before;
        if !unrest.is_empty() || !moved {
            break (facts, unrest, after);
        }
        if Instant::now() >= deadline {
            break (facts, vec!["events were emitted while the databases were read".to_owned()], after);
        }
    };
    let after_ms = after.as_millis() as u64;
    let rest = if unrest.is_empty() { Rest::Came { after_ms } } else { Rest::Never { after_ms, because: unrest } };
    Ok(Report { rest, findings: facts.judge(sources.limits, seen) })
}
