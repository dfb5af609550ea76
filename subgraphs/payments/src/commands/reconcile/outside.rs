//! Payments that changed lately and that the book did not show: made before what it goes back to, by another clock, or
//! without any charge. Each is asked for alone.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use souk_contracts::PaymentId;
use souk_process::clock;
use souk_subgraph::reconcile::LookError;
use uuid::Uuid;

use super::{Books, Suspect, UNREADABLE, WITHOUT_CHARGE};
use crate::{
    domain::Charge,
    provider::ProviderError,
    store::{changed, payments, pending},
};

/// Payments in one statement.
const PAGE: u32 = 100;
/// After so many questions without an answer the provider is away, and the look ends.
const UNANSWERED: usize = 5;

impl Books {
    pub(super) async fn outside(&mut self, since: DateTime<Utc>, shown: &HashSet<String>) -> Result<(), LookError> {
        let (mut place, until, mut unanswered) = ((since, Uuid::nil()), clock::now(), Vec::new());
        loop {
            let page = changed::with_charge_from(&self.parts.db, place, until, PAGE).await?;
            let Some(last) = page.last() else {
                return if unanswered.is_empty() { Ok(()) } else { Err(LookError::Elsewhere(unanswered.join("; "))) };
            };
            place = (last.at, last.id.uuid());
            for payment in page {
                if shown.contains(&payment.id.to_string()) {
                    continue;
                }
                match self.parts.provider.find(payment.id, payment.charge_id.as_deref()).await {
                    Ok(Some(charge)) => self.found(payment.id, &charge).await?,
                    Ok(None) | Err(ProviderError::Refused { .. }) => self.missing(payment.id).await?,
                    // Of this one nothing is known; it holds no other one up.
                    Err(ProviderError::Unknown { reason }) => unanswered.push(format!("{}: {reason}", payment.id)),
                }
                if unanswered.len() == UNANSWERED {
                    return Err(LookError::Elsewhere(unanswered.join("; ")));
                }
            }
        }
    }

    async fn missing(&mut self, id: PaymentId) -> Result<(), LookError> {
        if !self.suspects.seen_twice(Suspect::Missing(id)) {
            return Ok(());
        }
        self.note(WITHOUT_CHARGE, id.to_string(), "the provider has no charge for it".to_owned(), false).await
    }

    /// The payment is read after its charge, so that it knows no less.
    async fn found(&mut self, id: PaymentId, charge: &Charge) -> Result<(), LookError> {
        let subject = id.to_string();
        self.over(&subject, &[WITHOUT_CHARGE]).await?;
        if pending::under_way(&self.parts.db, &[id], self.parts.limits.overdue).await?.contains(&id) {
            return Ok(());
        }
        match payments::find(&self.parts.db, id).await {
            Ok(None) => Ok(()),
            Ok(Some(payment)) => {
                self.over(&subject, &[UNREADABLE]).await?;
                self.judge(&payment, charge, charge.difference(&payment), None).await
            }
            Err(error) if error.is_unreadable() => self.note(UNREADABLE, subject, error.to_string(), false).await,
            Err(error) => Err(error.into()),
        }
    }
}
