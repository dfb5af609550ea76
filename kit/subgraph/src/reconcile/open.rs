//! Findings that stand open. What a look finds to be right again is over, so that it is told again should it come back.

use std::collections::{BTreeSet, HashSet};

use super::store;
use crate::db::{Db, StoreError};

/// The most that one look closes.
const MOST: u32 = 10_000;

/// The findings that nobody has mended yet, as a look begins with them.
#[derive(Debug, Default)]
pub struct OpenFindings {
    /// (kind, subject)
    open: HashSet<(String, String)>,
}

impl OpenFindings {
    /// # Errors
    /// [`StoreError`].
    pub async fn read(db: &Db) -> Result<Self, StoreError> {
        Ok(Self { open: store::open(db, MOST).await?.into_iter().collect() })
    }

    /// The subjects of any of these kinds, each once: what another service has mended does not change a row here, so
    /// that a look which follows changes would not come to them again.
    pub fn of_kinds(&self, kinds: &[&str]) -> BTreeSet<String> {
        self.open.iter().filter(|(of, _)| kinds.contains(&of.as_str())).map(|(_, subject)| subject.clone()).collect()
    }

    /// A look found this kind in the subjects `still`, and in no other one any more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn over_but(&mut self, db: &Db, kind: &str, still: &HashSet<String>) -> Result<(), StoreError> {
        for subject in self.of_kinds(&[kind]).iter().filter(|subject| !still.contains(*subject)) {
            self.over(db, subject, &[kind]).await?;
        }
        Ok(())
    }

    /// A look found nothing of these kinds in the subject any more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn over(&mut self, db: &Db, subject: &str, kinds: &[&str]) -> Result<(), StoreError> {
        if self.open.is_empty() {
            return Ok(());
        }
        for kind in kinds {
            if self.open.remove(&((*kind).to_owned(), subject.to_owned())) {
                store::close(db, kind, subject).await?;
                tracing::info!(finding.kind = kind, finding.subject = subject, "{kind} of {subject} is over");
            }
        }
        Ok(())
    }
}
