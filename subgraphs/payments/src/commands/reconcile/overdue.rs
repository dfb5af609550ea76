//! Operations whose outcome is still open when it should long be known. They are asked again by their workers; people
//! learn that it does not help.

use std::collections::HashSet;

use souk_subgraph::reconcile::LookError;

use super::{Books, OVERDUE};
use crate::store::pending;

/// The most that one look tells of.
const MOST: u32 = 500;

impl Books {
    /// However long ago the payment changed: these do not come to rest by themselves.
    pub(super) async fn overdue(&mut self) -> Result<(), LookError> {
        let overdue = pending::overdue(&self.parts.db, self.parts.limits.overdue, MOST).await?;
        let mut told: HashSet<String> = HashSet::new();
        for operation in &overdue {
            let payment = operation.payment.to_string();
            if told.insert(payment.clone()) {
                let what = format!(
                    "{} {} was asked {} times in {} s, and its outcome is not known: {}",
                    operation.kind,
                    operation.n,
                    operation.tries,
                    operation.age_s,
                    operation.last_outcome.as_deref().unwrap_or("no answer yet"),
                );
                self.note(OVERDUE, payment, what, false).await?;
            }
        }
        if overdue.len() < MOST as usize {
            self.open.over_but(&self.parts.db, OVERDUE, &told).await?;
        }
        Ok(())
    }
}
