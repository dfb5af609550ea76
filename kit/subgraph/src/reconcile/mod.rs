//! The reconciler: every service that owns rows looks, again and again, for what should not be. What can be repaired
//! is repaired by the service's own commands; the rest is written down for people. Only one replica looks at a time.
//!
//! ```text
//! turn (leased row) ──> look: suspect ──seen by two looks──> repair by a command ──> finding (row, metric, log line)
//!                             right ────────────────────────────────────────────────> an open finding is over
//! ```
//! It is no part of any path that a customer waits for, and repairs nothing that it cannot explain.

mod open;
mod run;
mod store;
mod suspects;

pub use open::OpenFindings;
pub use run::{LookError, Pace, Reconciler, run};
pub use suspects::Suspects;

use crate::db::{Db, StoreError};

/// Something that should not have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// A short name, in kebab case.
    pub kind: &'static str,
    /// The public id of what it is about.
    pub subject: String,
    /// For people: one line.
    pub what: String,
    /// Whether it is as it should be now.
    pub repaired: bool,
}

impl Finding {
    /// Writes it down. One that is open, unrepaired and not found to be over, is counted in its row and told to nobody
    /// again; one that comes back is told like a new one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn note(&self, db: &Db) -> Result<(), StoreError> {
        // Each repair is an event of its own; what stays unrepaired is seen by every look.
        if !self.repaired && store::count_again(db, self).await? {
            return Ok(());
        }
        store::upsert(db, self).await?;
        let Self { kind, subject, what, repaired } = self;
        let repaired_label = if *repaired { "true" } else { "false" };
        metrics::counter!("souk_reconcile_findings_total", "kind" => *kind, "repaired" => repaired_label).increment(1);
        let outcome = if *repaired { "repaired" } else { "not repaired" };
        tracing::warn!(finding.kind = kind, finding.subject = %subject, "{kind} of {subject}: {what}; {outcome}");
        Ok(())
    }
}
