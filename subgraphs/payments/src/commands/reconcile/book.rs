//! A page of the book against its payments.

use std::collections::HashMap;

use souk_contracts::PaymentId;
use souk_subgraph::reconcile::LookError;

use super::{Books, Suspect, UNREADABLE, WITHOUT_CHARGE, WITHOUT_PAYMENT};
use crate::{
    domain::{Booked, Payment},
    store::{payments, pending},
};

impl Books {
    pub(super) async fn compare(&mut self, page: &[Booked]) -> Result<(), LookError> {
        let ids: Vec<PaymentId> = page.iter().filter_map(|booked| booked.charge.reference.parse().ok()).collect();
        // Before the payments: one whose operation ends in between is read as it is after that.
        let under_way = pending::under_way(&self.parts.db, &ids, self.parts.limits.overdue).await?;
        let payments = self.readable(&ids).await?;
        for booked in page {
            let charge = &booked.charge;
            let payment = charge.reference.parse().ok().and_then(|id| payments.get(&id));
            match payment {
                None => self.unknown_charge(booked).await?,
                // It is told of as such.
                Some(None) => {}
                Some(Some(payment)) => {
                    self.over(&charge.id, &[WITHOUT_PAYMENT]).await?;
                    self.over(&payment.id.to_string(), &[WITHOUT_CHARGE, UNREADABLE]).await?;
                    if !under_way.contains(&payment.id) {
                        self.judge(payment, charge, booked.difference(payment), Some(booked)).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The payments that there are; None for one that cannot be read: it is for people, and holds no other one up.
    async fn readable(&self, ids: &[PaymentId]) -> Result<HashMap<PaymentId, Option<Payment>>, LookError> {
        match payments::find_all(&self.parts.db, ids).await {
            Ok(found) => return Ok(found.into_iter().map(|(id, payment)| (id, Some(payment))).collect()),
            Err(error) if error.is_unreadable() => {}
            Err(error) => return Err(error.into()),
        }
        let mut found = HashMap::new();
        for id in ids {
            match payments::find(&self.parts.db, *id).await {
                Ok(None) => {}
                Ok(payment) => {
                    found.insert(*id, payment);
                }
                Err(error) if error.is_unreadable() => {
                    self.note(UNREADABLE, id.to_string(), error.to_string(), false).await?;
                    found.insert(*id, None);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(found)
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
        self.note(WITHOUT_PAYMENT, charge.id.clone(), what, false).await
    }
}
