//! PaymentIntents as Stripe writes them, and what they say in our words.

use std::collections::HashMap;

use serde::Deserialize;
use souk_contracts::PaymentId;

use super::{
    super::{ProviderError, cut, unknown},
    PAYMENT_ID,
};
use crate::domain::{Charge, ChargeStatus, NextAction};

/// What the table of payments holds.
const URL_LIMIT: usize = 1024;

#[derive(Debug, Deserialize)]
pub(super) struct WireIntent {
    pub id: String,
    status: String,
    last_payment_error: Option<WireDecline>,
    next_action: Option<WireAction>,
    #[serde(default)]
    metadata: HashMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct WireDecline {
    code: Option<String>,
    decline_code: Option<String>,
}

#[derive(Debug, Deserialize)]
struct WireAction {
    redirect_to_url: Option<WireRedirect>,
}

#[derive(Debug, Deserialize)]
struct WireRedirect {
    url: Option<String>,
}

impl WireIntent {
    /// Our id for it as Stripe keeps it; empty when it is none of ours.
    pub fn reference(&self) -> String {
        self.metadata.get(PAYMENT_ID).cloned().unwrap_or_default()
    }

    pub fn is_of(&self, payment: PaymentId) -> bool {
        self.reference() == payment.to_string()
    }

    pub fn has_succeeded(&self) -> bool {
        self.status == "succeeded"
    }

    /// `refunds` are the ids of our refunds that Stripe has made.
    ///
    /// # Errors
    /// [`ProviderError::Unknown`] when it stands where no intent of ours can.
    pub fn charge(self, reference: String, refunds: Vec<String>) -> Result<Charge, ProviderError> {
        let decline = self.last_payment_error.map(|error| error.decline_code.or(error.code));
        let status = match (self.status.as_str(), decline) {
            ("requires_action", _) => ChargeStatus::RequiresAction(action(self.next_action)?),
            ("requires_capture", _) => ChargeStatus::Authorized,
            ("succeeded", _) => ChargeStatus::Captured,
            ("canceled", _) => ChargeStatus::Voided,
            ("requires_payment_method", Some(code)) => {
                ChargeStatus::Failed { reason: code.map_or_else(|| "declined".to_owned(), cut) }
            }
            // Created, and its confirmation, which is part of the same request, is not done yet.
            ("processing" | "requires_confirmation" | "requires_payment_method", _) => ChargeStatus::Processing,
            (other, _) => return Err(unknown(format!("a payment intent with the status {other:?}"))),
        };
        Ok(charge_at(self.id, reference, status, refunds))
    }
}

/// Stripe numbers no changes, and its webhooks come in any order. But an intent that is confirmed once only ever moves
/// down this list, so the place is the version: what stands higher is older. Money beats its absence: an intent that
/// succeeds after all is news to one that failed. Waiting for the bank comes before and after the customer's action;
/// it tells nothing, so it may count as old.
pub(super) fn charge_at(id: String, reference: String, status: ChargeStatus, refunds: Vec<String>) -> Charge {
    let version = match &status {
        ChargeStatus::Processing => 1,
        ChargeStatus::RequiresAction(_) => 2,
        ChargeStatus::Failed { .. } => 3,
        ChargeStatus::Authorized => 4,
        ChargeStatus::Voided => 5,
        ChargeStatus::Captured => 6,
    };
    Charge { id, reference, version, status, refunds }
}

/// With a return url in the request Stripe always sends the customer to a page.
fn action(action: Option<WireAction>) -> Result<NextAction, ProviderError> {
    let url = action.and_then(|action| action.redirect_to_url).and_then(|redirect| redirect.url);
    match url {
        Some(url) if url.len() <= URL_LIMIT => Ok(NextAction { kind: "3DS".to_owned(), url, expires_at: None }),
        Some(_) => Err(unknown("an action of the customer whose url is too long")),
        None => Err(unknown("an action of the customer that is no page")),
    }
}
