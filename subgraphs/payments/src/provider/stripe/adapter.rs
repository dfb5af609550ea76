//! What is asked of Stripe, and how its answers are read.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use serde::Deserialize;
use souk_contracts::{PaymentId, RefundId};
use souk_process::clock;
use url::Url;

use super::{
    super::{BookPage, ChargeRef, ChargeRequest, Provider, ProviderError, refused, unknown},
    book, form,
    http::{Answer, Http},
    intent::WireIntent,
    refund::{self, WireRefund},
};
use crate::domain::{Charge, ChargeStatus};

/// How long the same key is sure to be the same charge. Stripe forgets keys when they are 24 hours old.
const KEY_LIFE: TimeDelta = TimeDelta::hours(23);
/// From then on a search that finds nothing is believed: the last request is two hours old, and Stripe's index may be
/// one hour behind.
const SEARCH_SETTLED: TimeDelta = TimeDelta::hours(25);

#[derive(Debug, Clone)]
pub struct StripeSettings {
    pub url: Url,
    pub api_key: SecretString,
    /// Where the bank sends customers back to.
    pub return_url: Url,
    /// Limit of one request.
    pub timeout: Duration,
}

impl StripeSettings {
    /// Requests that one operation may take: a capture without an answer is looked up with its refunds, and once more
    /// when it was refused.
    pub const REQUESTS: u32 = 5;
}

#[derive(Debug)]
pub struct StripeProvider {
    http: Http,
    return_url: Url,
}

#[derive(Debug, Deserialize)]
struct WireFound {
    data: Vec<WireIntent>,
}

impl StripeProvider {
    /// # Errors
    /// What the HTTP client says about its own settings.
    pub fn new(settings: StripeSettings) -> Result<Self, reqwest::Error> {
        Ok(Self { http: Http::new(&settings)?, return_url: settings.return_url })
    }

    /// The charge as it is now.
    async fn look(&self, charge: ChargeRef<'_>) -> Result<Charge, ProviderError> {
        self.look_for(charge).await?.ok_or_else(|| unknown("no such payment intent"))
    }

    /// The same; None when Stripe knows no such intent.
    async fn look_for(&self, charge: ChargeRef<'_>) -> Result<Option<Charge>, ProviderError> {
        let found: Option<WireIntent> = self.http.find(&format!("/v1/payment_intents/{}", charge.id)).await?;
        let Some(intent) = found else { return Ok(None) };
        let refunds = if intent.has_succeeded() { refund::of_intent(&self.http, charge.id).await? } else { Vec::new() };
        let made = refunds.iter().filter(|refund| refund.is_made());
        let made = made.filter_map(WireRefund::reference).map(str::to_owned).collect();
        intent.charge(charge.payment.to_string(), made).map(Some)
    }

    /// The id of the intent of a payment, as far as the search knows.
    async fn search(&self, payment: PaymentId) -> Result<Option<String>, ProviderError> {
        let query = format!("metadata['{}']:'{payment}'", super::PAYMENT_ID);
        let found: WireFound =
            self.http.get("/v1/payment_intents/search", &[("query", &query), ("limit", "2")]).await?;
        let mut ours = found.data.into_iter().filter(|intent| intent.is_of(payment));
        match (ours.next(), ours.next()) {
            (first, None) => Ok(first.map(|intent| intent.id)),
            (first, Some(second)) => {
                let ids = [first.map(|intent| intent.id).unwrap_or_default(), second.id];
                Err(unknown(format!("two payment intents for one payment: {}", ids.join(", "))))
            }
        }
    }

    /// Moves an intent to `wanted`. The stored answer of an earlier request tells how things were then, and may be an
    /// error for a day, whatever was done; so the intent itself is looked at.
    async fn turn(
        &self,
        verb: &str,
        key: &str,
        charge: ChargeRef<'_>,
        wanted: &ChargeStatus,
    ) -> Result<Charge, ProviderError> {
        let path = format!("/v1/payment_intents/{}/{verb}", charge.id);
        match self.http.post::<WireIntent>(&path, key, &[]).await {
            Ok(Answer { value, replayed: false }) => value.charge(charge.payment.to_string(), Vec::new()),
            Ok(Answer { replayed: true, .. }) => self.look(charge).await,
            Err(error @ ProviderError::Refused { .. }) => Err(error),
            Err(error @ ProviderError::Unknown { .. }) => match self.look(charge).await {
                Ok(found) if found.status == *wanted => Ok(found),
                Ok(_) | Err(_) => Err(error),
            },
        }
    }
}

#[async_trait]
impl Provider for StripeProvider {
    async fn charge(&self, key: &str, request: &ChargeRequest) -> Result<Charge, ProviderError> {
        let payment = request.payment_id;
        let form = form::of_charge(request, &self.return_url)?;
        if age(payment) >= KEY_LIFE {
            return Err(unknown("too late to ask with the same key"));
        }
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let Answer { value, replayed } = self.http.post::<WireIntent>("/v1/payment_intents", key, &form).await?;
        if replayed {
            return self.look(ChargeRef { payment, id: &value.id }).await;
        }
        value.charge(payment.to_string(), Vec::new())
    }

    async fn find(&self, payment: PaymentId, charge_id: Option<&str>) -> Result<Option<Charge>, ProviderError> {
        if let Some(id) = charge_id {
            return self.look_for(ChargeRef { payment, id }).await;
        }
        let age = age(payment);
        match self.search(payment).await {
            Ok(Some(id)) => self.look_for(ChargeRef { payment, id: &id }).await,
            // Not there, not there yet, or no search for this account: the charge's own key tells.
            Ok(None) | Err(_) if age < KEY_LIFE => Ok(None),
            Ok(None) if age >= SEARCH_SETTLED => Err(refused("never_charged")),
            Ok(None) => Err(unknown("not found yet, and too late to ask with the same key")),
            Err(error) => Err(error),
        }
    }

    async fn book(&self, since: DateTime<Utc>, after: Option<&str>) -> Result<BookPage, ProviderError> {
        book::page(&self.http, since, after).await
    }

    async fn capture(&self, key: &str, charge: ChargeRef<'_>) -> Result<Charge, ProviderError> {
        self.turn("capture", key, charge, &ChargeStatus::Captured).await
    }

    async fn void(&self, key: &str, charge: ChargeRef<'_>) -> Result<Charge, ProviderError> {
        self.turn("cancel", key, charge, &ChargeStatus::Voided).await
    }

    /// A refund that is there already is not asked for again, so a key that Stripe has forgotten does no harm.
    async fn refund(
        &self,
        key: &str,
        charge: ChargeRef<'_>,
        refund: RefundId,
        amount_minor: i64,
    ) -> Result<Charge, ProviderError> {
        let known = refund::of_intent(&self.http, charge.id).await?;
        let (amount, payment, id) = (amount_minor.to_string(), charge.payment.to_string(), refund.to_string());
        let form = [
            ("amount", amount.as_str()),
            ("metadata[payment_id]", payment.as_str()),
            ("metadata[refund_id]", id.as_str()),
            ("payment_intent", charge.id),
        ];
        if !known.iter().any(|made| made.is_of(refund) && made.failure().is_none()) {
            let Answer { value, .. } = self.http.post::<WireRefund>("/v1/refunds", key, &form).await?;
            if let Some(code) = value.failure() {
                return Err(refused(code));
            }
        }
        // A refund may be pending for days: then it is not among those that are made.
        self.look(charge).await
    }
}

/// Our ids tell when they were made, and a charge is asked for right after.
fn age(payment: PaymentId) -> TimeDelta {
    let made_at = payment
        .uuid()
        .get_timestamp()
        .and_then(|at| {
            let (seconds, nanos) = at.to_unix();
            DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
        })
        .unwrap_or(DateTime::UNIX_EPOCH);
    clock::now() - made_at
}
