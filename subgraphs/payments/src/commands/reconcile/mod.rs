//! Holds the payments of the last while against the provider's own book: charges that no payment knows, news that never
//! arrived, payments that say something else than their charge, and payments whose charge is not there. And tells of
//! operations that do not end.
//!
//! What the provider says is taken by the way that its webhooks take. Nothing is charged, captured or given back for the
//! sake of a difference.

mod book;
mod differences;
mod outside;
mod overdue;

use std::{collections::HashSet, sync::Arc, time::Duration};

use souk_contracts::PaymentId;
use souk_process::clock;
use souk_subgraph::reconcile::{Finding, LookError, OpenFindings, Reconciler, Suspects};

use super::Parts;
use crate::{domain::Difference, provider::ProviderError};

const OVERDUE: &str = "payment-operation-overdue";
const UNREADABLE: &str = "payment-unreadable";
const WITHOUT_CHARGE: &str = "payment-without-charge";
const WITHOUT_PAYMENT: &str = "charge-without-payment";

/// The payments and the provider's book.
#[derive(Debug)]
pub struct Books {
    parts: Arc<Parts>,
    /// How far back a look goes.
    window: Duration,
    suspects: Suspects<Suspect>,
    open: OpenFindings,
}

/// What two looks must see alike.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Suspect {
    /// A charge of this version that no payment knows.
    Unknown(String, u64),
    /// A payment of this version, the version of its charge, and how they differ.
    Differs(PaymentId, (u64, u64), Difference),
    /// A payment without a charge.
    Missing(PaymentId),
}

impl From<ProviderError> for LookError {
    fn from(error: ProviderError) -> Self {
        Self::Elsewhere(error.to_string())
    }
}

impl Books {
    pub fn new(parts: Arc<Parts>, window: Duration) -> Self {
        Self { parts, window, suspects: Suspects::default(), open: OpenFindings::default() }
    }

    async fn note(&self, kind: &'static str, subject: String, what: String, repaired: bool) -> Result<(), LookError> {
        Ok(Finding { kind, subject, what, repaired }.note(&self.parts.db).await?)
    }

    async fn over(&mut self, subject: &str, kinds: &[&str]) -> Result<(), LookError> {
        Ok(self.open.over(&self.parts.db, subject, kinds).await?)
    }
}

impl Reconciler for Books {
    async fn look(&mut self) -> Result<(), LookError> {
        self.suspects.begin();
        self.open = OpenFindings::read(&self.parts.db).await?;
        // First what needs nobody else.
        self.overdue().await?;
        let since = clock::now() - self.window;
        let (mut shown, mut after) = (HashSet::new(), None);
        loop {
            let page = self.parts.provider.book(since, after.as_deref()).await?;
            self.compare(&page.charges).await?;
            shown.extend(page.charges.into_iter().map(|booked| booked.charge.reference));
            after = page.after;
            if after.is_none() {
                break;
            }
        }
        self.outside(since, &shown).await
    }
}
