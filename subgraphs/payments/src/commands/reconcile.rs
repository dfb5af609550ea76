//! Holds the payments of the last while against the provider's own book: charges that no payment knows, news that never
//! arrived, payments that say something else than their charge, and payments whose charge is not there.
//!
//! What the provider says is taken by the way that its webhooks take. Nothing is charged, captured or given back for the
//! sake of a difference.

use std::{collections::HashSet, sync::Arc, time::Duration};

use souk_contracts::PaymentId;
use souk_process::clock;
use souk_subgraph::reconcile::{Finding, LookError, Reconciler, Suspects};

use super::{CommandError, Parts, drive::drive, record};
use crate::{
    commands::Tell,
    domain::{Booked, Difference, Payment},
    provider::ProviderError,
    store::{operations, payments},
};

/// Payments in one statement.
const PAGE: u32 = 100;

/// The payments and the provider's book.
#[derive(Debug)]
pub struct Books {
    parts: Arc<Parts>,
    /// How far back a look goes.
    window: Duration,
    suspects: Suspects<Suspect>,
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
        Self { parts, window, suspects: Suspects::default() }
    }

    /// Holds a page of the book against its payments.
    async fn compare(&mut self, page: &[Booked]) -> Result<(), LookError> {
        let ids: Vec<PaymentId> = page.iter().filter_map(|booked| booked.charge.reference.parse().ok()).collect();
        // Before the payments: one whose operation ends in between is read as it is after that.
        let under_way = operations::under_way(&self.parts.db, &ids).await?;
        let payments = payments::find_all(&self.parts.db, &ids).await?;
        for booked in page {
            let charge = &booked.charge;
            let payment = charge.reference.parse().ok().and_then(|id| payments.get(&id));
            let Some(payment) = payment else {
                self.unknown_charge(booked).await?;
                continue;
            };
            let difference = booked.difference(payment).filter(|_| !under_way.contains(&payment.id));
            let Some(difference) = difference else { continue };
            let versions = (payment.version, charge.version);
            if self.suspects.seen_twice(Suspect::Differs(payment.id, versions, difference)) {
                let repaired = difference.is_explained() && self.mend(payment.id, booked).await?;
                let what = format!(
                    "{}, {} captured and {} refunded; charge {} has {}, {} and {}",
                    payment.state.name(),
                    payment.captured_minor,
                    payment.refunded_minor,
                    charge.id,
                    charge.status.name(),
                    booked.captured_minor,
                    booked.refunded_minor,
                );
                let finding = Finding { kind: difference.kind(), subject: payment.id.to_string(), what, repaired };
                finding.note(&self.parts.db).await?;
            }
        }
        Ok(())
    }

    /// Takes what the provider says; true when nothing differs any more. A payment whose rules do not let it follow is
    /// for people, and holds no other one up.
    async fn mend(&self, id: PaymentId, booked: &Booked) -> Result<bool, LookError> {
        match self.take(id, booked).await {
            Ok(payment) => Ok(booked.difference(&payment).is_none()),
            Err(CommandError::Store(error)) => Err(error.into()),
            Err(error) => {
                tracing::warn!(payment.id = %id, "payment {id} cannot take what the provider says: {error}");
                Ok(false)
            }
        }
    }

    async fn take(&self, id: PaymentId, booked: &Booked) -> Result<Payment, CommandError> {
        let recorded = record::observed_anew(&self.parts, id, &booked.charge).await?;
        match recorded.next {
            // What follows from it, as after a webhook, e.g. the capture of what is held.
            Some(work) => drive(&self.parts, work, Tell::Orders).await,
            None => Ok(recorded.payment),
        }
    }

    /// An intent is committed before its charge is asked for, so a charge without one is not ours, or its payment was
    /// lost: which of the two, people must say.
    async fn unknown_charge(&mut self, booked: &Booked) -> Result<(), LookError> {
        let charge = &booked.charge;
        if !self.suspects.seen_twice(Suspect::Unknown(charge.id.clone(), charge.version)) {
            return Ok(());
        }
        let what = format!(
            "the provider has it for {}, {}, {} taken and {} given back; there is no such payment",
            charge.reference, booked.amount, booked.captured_minor, booked.refunded_minor
        );
        let finding = Finding { kind: "charge-without-payment", subject: charge.id.clone(), what, repaired: false };
        Ok(finding.note(&self.parts.db).await?)
    }

    /// Payments of the window that must have a charge, but for those whose charge the book showed.
    async fn without_charge(&mut self, oldest: PaymentId, shown: &HashSet<String>) -> Result<(), LookError> {
        let mut first = oldest.uuid();
        loop {
            let page = payments::with_charge_from(&self.parts.db, first, PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            first = last.uuid();
            for (id, charge) in page {
                // Newer than the book that was read, or made by another clock: then the provider knows it.
                if shown.contains(&id.to_string()) || self.parts.provider.find(id, charge.as_deref()).await?.is_some() {
                    continue;
                }
                if self.suspects.seen_twice(Suspect::Missing(id)) {
                    let what = "the provider has no charge for it".to_owned();
                    let finding =
                        Finding { kind: "payment-without-charge", subject: id.to_string(), what, repaired: false };
                    finding.note(&self.parts.db).await?;
                }
            }
        }
    }
}

impl Reconciler for Books {
    async fn look(&mut self) -> Result<(), LookError> {
        self.suspects.begin();
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
        self.without_charge(PaymentId::new(since, [0; 10]), &shown).await
    }
}
