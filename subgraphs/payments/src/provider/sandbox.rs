//! The adapter of the sandbox provider.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, Utc};
use reqwest::{RequestBuilder, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use souk_contracts::{CurrencyCode, Money, PaymentId, RefundId};
use url::Url;

use super::{
    BookPage, ChargeRef, ChargeRequest, News, Provider, ProviderError, cut,
    http::{base, client, lost},
    unknown,
};
use crate::domain::{Booked, Charge, ChargeStatus, NextAction};

#[derive(Debug, Clone)]
pub struct SandboxSettings {
    pub url: Url,
    pub api_key: SecretString,
    /// Limit of one call.
    pub timeout: Duration,
}

#[derive(Debug)]
pub struct SandboxProvider {
    client: reqwest::Client,
    base: String,
    api_key: SecretString,
}

#[derive(Debug, Serialize)]
struct ChargeBody<'a> {
    reference: String,
    amount_minor: i64,
    currency: &'a str,
    method: &'a str,
    token: Option<&'a str>,
    capture: bool,
}

#[derive(Debug, Serialize)]
struct RefundBody {
    amount_minor: i64,
    reference: String,
}

#[derive(Debug, Serialize)]
struct EmptyBody {}

#[derive(Debug, Deserialize)]
struct WireCharge {
    id: String,
    version: u64,
    reference: String,
    amount_minor: i64,
    currency: CurrencyCode,
    status: String,
    captured_minor: i64,
    refunded_minor: i64,
    failure_code: Option<String>,
    #[serde(default)]
    refunds: Vec<WireRefund>,
    next_action: Option<WireAction>,
}

#[derive(Debug, Deserialize)]
struct WireRefund {
    reference: String,
}

#[derive(Debug, Deserialize)]
struct WireAction {
    kind: String,
    url: String,
    expires_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize)]
struct WireList {
    data: Vec<WireCharge>,
    #[serde(default)]
    has_more: bool,
}

#[derive(Debug, Deserialize)]
struct WireFailure {
    error: WireError,
}

#[derive(Debug, Deserialize)]
struct WireError {
    code: String,
}

#[derive(Debug, Deserialize)]
struct WireWebhook {
    id: String,
    charge: WireCharge,
}

impl SandboxProvider {
    /// # Errors
    /// What the HTTP client says about its own settings.
    pub fn new(settings: SandboxSettings) -> Result<Self, reqwest::Error> {
        Ok(Self { client: client(settings.timeout)?, base: base(&settings.url), api_key: settings.api_key })
    }

    async fn post(&self, path: &str, key: &str, body: &(impl Serialize + Sync)) -> Result<Charge, ProviderError> {
        let request = self.client.post(format!("{}{path}", self.base)).header("idempotency-key", key).json(body);
        self.send::<WireCharge>(request).await?.parse()
    }

    async fn send<T: for<'de> Deserialize<'de>>(&self, request: RequestBuilder) -> Result<T, ProviderError> {
        let response = request.bearer_auth(self.api_key.expose_secret()).send().await.map_err(lost)?;
        let status = response.status();
        let body = response.bytes().await.map_err(lost)?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|error| unknown(format!("an answer that is none: {error}")));
        }
        let code = serde_json::from_slice::<WireFailure>(&body).map_or_else(|_| "none".to_owned(), |f| f.error.code);
        let code = cut(code);
        match status {
            // About the request itself. A reused key is our own fault and says nothing about the charge.
            StatusCode::BAD_REQUEST | StatusCode::PAYMENT_REQUIRED | StatusCode::UNPROCESSABLE_ENTITY => {
                Err(ProviderError::Refused { code })
            }
            StatusCode::CONFLICT if code != "idempotency_key_reused" => Err(ProviderError::Refused { code }),
            _ => Err(unknown(format!("status {status}, code {code}"))),
        }
    }
}

#[async_trait]
impl Provider for SandboxProvider {
    async fn charge(&self, key: &str, request: &ChargeRequest) -> Result<Charge, ProviderError> {
        let body = ChargeBody {
            reference: request.payment_id.to_string(),
            amount_minor: request.amount.minor,
            currency: request.amount.currency.as_str(),
            method: request.method.as_str(),
            token: request.token.as_deref(),
            capture: !request.method.is_two_step(),
        };
        self.post("/v1/charges", key, &body).await
    }

    /// Its list is exact, so the id is not needed.
    async fn find(&self, payment: PaymentId, _charge_id: Option<&str>) -> Result<Option<Charge>, ProviderError> {
        let request = self.client.get(format!("{}/v1/charges?reference={payment}", self.base));
        let list: WireList = self.send(request).await?;
        list.data.into_iter().next().map(WireCharge::parse).transpose()
    }

    async fn book(&self, since: DateTime<Utc>, after: Option<&str>) -> Result<BookPage, ProviderError> {
        let since = since.to_rfc3339_opts(SecondsFormat::Micros, true);
        let asked = [("created_since", since.as_str())].into_iter().chain(after.map(|after| ("after", after)));
        let url = Url::parse_with_params(&format!("{}/v1/charges", self.base), asked)
            .map_err(|error| unknown(error.to_string()))?;
        let list: WireList = self.send(self.client.get(url)).await?;
        let last = list.data.last().map(|charge| charge.id.clone());
        let charges = list.data.into_iter().map(WireCharge::booked).collect::<Result<_, _>>()?;
        Ok(BookPage { charges, after: last.filter(|_| list.has_more) })
    }

    async fn capture(&self, key: &str, charge: ChargeRef<'_>) -> Result<Charge, ProviderError> {
        self.post(&format!("/v1/charges/{}/capture", charge.id), key, &EmptyBody {}).await
    }

    async fn void(&self, key: &str, charge: ChargeRef<'_>) -> Result<Charge, ProviderError> {
        self.post(&format!("/v1/charges/{}/void", charge.id), key, &EmptyBody {}).await
    }

    async fn refund(
        &self,
        key: &str,
        charge: ChargeRef<'_>,
        refund: RefundId,
        amount_minor: i64,
    ) -> Result<Charge, ProviderError> {
        let body = RefundBody { amount_minor, reference: refund.to_string() };
        self.post(&format!("/v1/charges/{}/refunds", charge.id), key, &body).await
    }
}

/// A webhook's news, after its signature was verified.
///
/// # Errors
/// What is wrong with the body.
pub fn parse_webhook(body: &[u8]) -> Result<News, String> {
    let webhook: WireWebhook = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let charge = webhook.charge.parse().map_err(|error| error.to_string())?;
    Ok(News { id: webhook.id, charge: Some(charge) })
}

impl WireCharge {
    fn booked(self) -> Result<Booked, ProviderError> {
        let amount = Money::new(self.amount_minor, self.currency);
        let (captured_minor, refunded_minor) = (self.captured_minor, self.refunded_minor);
        Ok(Booked { charge: self.parse()?, amount, captured_minor, refunded_minor })
    }

    fn parse(self) -> Result<Charge, ProviderError> {
        let status = match (self.status.as_str(), self.next_action) {
            ("requires_action", Some(action)) => ChargeStatus::RequiresAction(NextAction {
                kind: action.kind,
                url: action.url,
                expires_at: action.expires_at,
            }),
            ("authorized", _) => ChargeStatus::Authorized,
            ("captured", _) => ChargeStatus::Captured,
            ("failed", _) => {
                ChargeStatus::Failed { reason: self.failure_code.map_or_else(|| "declined".to_owned(), cut) }
            }
            ("voided", _) => ChargeStatus::Voided,
            (other, _) => return Err(unknown(format!("a charge with the status {other:?}"))),
        };
        let refunds = self.refunds.into_iter().map(|refund| refund.reference).collect();
        Ok(Charge { id: self.id, reference: self.reference, version: self.version, status, refunds })
    }
}
