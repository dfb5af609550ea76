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
/// After so many questions one after the other without an answer the provider is away, and the look ends.
const UNANSWERED: u32 = 5;
/// And after so many in all, which take a minute: the look must come to its end.
const UNANSWERED_IN_ALL: u32 = 15;

impl Books {
    pub(super) async fn outside(&mut self, since: DateTime<Utc>, shown: &HashSet<String>) -> Result<(), LookError> {
        let (mut place, until) = ((since, Uuid::nil()), clock::now());
        let (mut in_a_row, mut in_all, mut unanswered) = (0, 0, None);
        loop {
            let page = changed::with_charge_from(&self.parts.db, place, until, PAGE).await?;
            let Some(last) = page.last() else {
                return unanswered.map_or(Ok(()), |reason| Err(LookError::Elsewhere(reason)));
            };
            place = (last.at, last.id.uuid());
            for payment in page {
                if shown.contains(&payment.id.to_string()) {
                    continue;
                }
                let Some(reason) = self.ask(&payment).await? else {
                    in_a_row = 0;
                    continue;
                };
                (in_a_row, in_all) = (in_a_row + 1, in_all + 1);
                if in_a_row == UNANSWERED || in_all == UNANSWERED_IN_ALL {
                    return Err(LookError::Elsewhere(reason));
                }
                unanswered = Some(reason);
            }
        }
    }

    /// Asks for one payment's charge; gives why nothing is known of it, which holds no other one up.
    async fn ask(&mut self, payment: &changed::Changed) -> Result<Option<String>, LookError> {
        match self.parts.provider.find(payment.id, payment.charge_id.as_deref()).await {
            Ok(Some(charge)) => self.found(payment.id, &charge).await?,
            Ok(None) | Err(ProviderError::Refused { .. }) => self.missing(payment.id).await?,
            Err(ProviderError::Unknown { reason }) => return Ok(Some(format!("{}: {reason}", payment.id))),
        }
        Ok(None)
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
