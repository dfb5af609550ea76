//! What becomes of a difference between a payment and its charge.

use souk_contracts::PaymentId;
use souk_subgraph::reconcile::LookError;

use super::{
    super::{CommandError, Tell, drive::drive, record},
    Books, Suspect,
};
use crate::domain::{Booked, Charge, Difference, Payment};

impl Books {
    /// A payment for which nothing is under way, and how it differs from its charge. `booked` tells the amounts of the
    /// charge, where they are known.
    pub(super) async fn judge(
        &mut self,
        payment: &Payment,
        charge: &Charge,
        difference: Option<Difference>,
        booked: Option<&Booked>,
    ) -> Result<(), LookError> {
        let Some(difference) = difference else {
            let kinds = if booked.is_some() { Difference::ALL.as_slice() } else { Difference::OF_CHARGES.as_slice() };
            let kinds: Vec<&str> = kinds.iter().map(|difference| difference.kind()).collect();
            return self.over(&payment.id.to_string(), &kinds).await;
        };
        let versions = (payment.version, charge.version);
        if !self.suspects.seen_twice(Suspect::Differs(payment.id, versions, difference)) {
            return Ok(());
        }
        let repaired = difference.is_explained() && self.mend(payment.id, charge, booked).await?;
        let amounts = booked.map_or_else(String::new, |booked| {
            format!(", {} captured and {} refunded", booked.captured_minor, booked.refunded_minor)
        });
        let what = format!(
            "{}, {} captured and {} refunded; charge {} is {}{amounts}",
            payment.state.name(),
            payment.captured_minor,
            payment.refunded_minor,
            charge.id,
            charge.status.name(),
        );
        self.note(difference.kind(), payment.id.to_string(), what, repaired).await
    }

    /// Takes what the provider says; true when nothing differs any more. A payment whose rules do not let it follow is
    /// for people, and holds no other one up.
    async fn mend(&self, id: PaymentId, charge: &Charge, booked: Option<&Booked>) -> Result<bool, LookError> {
        match self.take(id, charge).await {
            Ok(payment) => {
                let left = booked.map_or_else(|| charge.difference(&payment), |booked| booked.difference(&payment));
                Ok(left.is_none())
            }
            Err(CommandError::Store(error)) => Err(error.into()),
            Err(error) => {
                tracing::warn!(payment.id = %id, "payment {id} cannot take what the provider says: {error}");
                Ok(false)
            }
        }
    }

    async fn take(&self, id: PaymentId, charge: &Charge) -> Result<Payment, CommandError> {
        let recorded = record::observed_anew(&self.parts, id, charge).await?;
        match recorded.next {
            // What follows from it, as after a webhook, e.g. the capture of what is held.
            Some(work) => drive(&self.parts, work, Tell::Orders).await,
            None => Ok(recorded.payment),
        }
    }
}
