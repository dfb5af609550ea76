//! Refunds as Stripe writes them.

use std::collections::HashMap;

use serde::Deserialize;
use souk_contracts::RefundId;

use super::{
    super::{ProviderError, unknown},
    PAYMENT_ID, REFUND_ID,
    http::Http,
};

/// The most that one answer of Stripe's lists, and the most answers that are read.
const LISTED: &str = "100";
const PAGES: usize = 50;

#[derive(Debug, Deserialize)]
pub(super) struct WireRefund {
    id: String,
    pub payment_intent: Option<String>,
    status: Option<String>,
    failure_reason: Option<String>,
    #[serde(default)]
    metadata: HashMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct WireRefunds {
    data: Vec<WireRefund>,
    #[serde(default)]
    has_more: bool,
}

impl WireRefund {
    /// Our id for it; None when somebody made it without us.
    pub fn reference(&self) -> Option<&str> {
        self.metadata.get(REFUND_ID).map(String::as_str)
    }

    /// Our id of the payment; empty when it is none of ours.
    pub fn payment(&self) -> String {
        self.metadata.get(PAYMENT_ID).cloned().unwrap_or_default()
    }

    pub fn is_of(&self, refund: RefundId) -> bool {
        self.reference() == Some(refund.to_string().as_str())
    }

    pub fn is_made(&self) -> bool {
        self.status.as_deref() == Some("succeeded")
    }

    /// Why the money did not go back, when it did not and will not.
    pub fn failure(&self) -> Option<&str> {
        match self.status.as_deref() {
            Some("failed" | "canceled") => Some(self.failure_reason.as_deref().unwrap_or("refund_failed")),
            _ => None,
        }
    }
}

/// The refunds of an intent, newest first. Unlike the search this list is exact.
pub(super) async fn of_intent(http: &Http, intent: &str) -> Result<Vec<WireRefund>, ProviderError> {
    let mut refunds: Vec<WireRefund> = Vec::new();
    for _ in 0..PAGES {
        let after = refunds.last().map(|refund| refund.id.clone());
        let mut query = vec![("payment_intent", intent), ("limit", LISTED)];
        query.extend(after.as_deref().map(|id| ("starting_after", id)));
        let page: WireRefunds = http.get("/v1/refunds", &query).await?;
        refunds.extend(page.data);
        if !page.has_more {
            return Ok(refunds);
        }
    }
    // One that is overlooked could be made a second time.
    Err(unknown("more refunds than are read"))
}
