//! Operations whose outcome is still open when it should long be known. They are asked again by their workers; people
//! learn that it does not help.

use std::collections::HashSet;

use souk_contracts::PaymentId;
use souk_subgraph::reconcile::LookError;

use super::{Books, OVERDUE};
use crate::store::pending;

/// The most that one look tells of.
const MOST: u32 = 500;

impl Books {
    /// However long ago the payment changed: these do not come to rest by themselves.
    pub(super) async fn overdue(&mut self) -> Result<(), LookError> {
        let overdue = pending::overdue(&self.parts.db, self.parts.limits.overdue, MOST).await?;
        let mut told: HashSet<PaymentId> = HashSet::new();
        for operation in &overdue {
            if told.insert(operation.payment) {
                let what = format!(
                    "{} {} was asked {} times in {} s, and its outcome is not known: {}",
                    operation.kind,
                    operation.n,
                    operation.tries,
                    operation.age_s,
                    operation.last_outcome.as_deref().unwrap_or("no answer yet"),
                );
                self.note(OVERDUE, operation.payment.to_string(), what, false).await?;
            }
        }
        if overdue.len() < MOST as usize {
            let told: HashSet<String> = told.iter().map(PaymentId::to_string).collect();
            for subject in self.open.of_kind(OVERDUE) {
                if !told.contains(&subject) {
                    self.over(&subject, &[OVERDUE]).await?;
                }
            }
        }
        Ok(())
    }
}
