//! Speaks to Stripe: forms out, JSON in, and what each failure says about the work that was asked for.

use axum::body::Bytes;
use reqwest::{RequestBuilder, StatusCode, header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use url::form_urlencoded::Serializer;

use super::{
    super::{
        ProviderError,
        http::{base, client, lost},
        refused, unknown,
    },
    API_VERSION,
    adapter::StripeSettings,
};

#[derive(Debug)]
pub(super) struct Http {
    client: reqwest::Client,
    base: String,
    api_key: SecretString,
}

/// An answer, and whether it is the stored one of an earlier request with the same key: how things were then.
#[derive(Debug)]
pub(super) struct Answer<T> {
    pub value: T,
    pub replayed: bool,
}

#[derive(Debug)]
struct Reply {
    status: StatusCode,
    replayed: bool,
    body: Bytes,
}

#[derive(Debug, Deserialize)]
struct WireFailure {
    error: WireError,
}

#[derive(Debug, Deserialize)]
struct WireError {
    #[serde(rename = "type")]
    kind: String,
    code: Option<String>,
    decline_code: Option<String>,
}

impl Http {
    pub fn new(settings: &StripeSettings) -> Result<Self, reqwest::Error> {
        let client = client(settings.timeout)?;
        Ok(Self { client, base: base(&settings.url), api_key: settings.api_key.clone() })
    }

    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        key: &str,
        form: &[(&str, &str)],
    ) -> Result<Answer<T>, ProviderError> {
        let request = self
            .client
            .post(format!("{}{path}", self.base))
            .header("idempotency-key", key)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(encoded(form));
        self.send(request).await?.read()
    }

    /// A look that is refused says nothing about what is looked for.
    pub async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, ProviderError> {
        looked(self.look(path, query).await?.read())
    }

    /// None when Stripe knows no such object.
    pub async fn find<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, ProviderError> {
        let reply = self.look(path, &[]).await?;
        if reply.is_missing() { Ok(None) } else { looked(reply.read()).map(Some) }
    }

    async fn look(&self, path: &str, query: &[(&str, &str)]) -> Result<Reply, ProviderError> {
        let mark = if query.is_empty() { "" } else { "?" };
        self.send(self.client.get(format!("{}{path}{mark}{}", self.base, encoded(query)))).await
    }

    async fn send(&self, request: RequestBuilder) -> Result<Reply, ProviderError> {
        let request = request.bearer_auth(self.api_key.expose_secret()).header("stripe-version", API_VERSION);
        let response = request.send().await.map_err(lost)?;
        let status = response.status();
        let replayed = response.headers().get("idempotent-replayed").is_some_and(|value| value == "true");
        let body = response.bytes().await.map_err(lost)?;
        Ok(Reply { status, replayed, body })
    }
}

impl Reply {
    fn read<T: DeserializeOwned>(self) -> Result<Answer<T>, ProviderError> {
        if !self.status.is_success() {
            return Err(failure(self.status, &self.body));
        }
        let value =
            serde_json::from_slice(&self.body).map_err(|error| unknown(format!("an answer that is none: {error}")))?;
        Ok(Answer { value, replayed: self.replayed })
    }

    /// Stripe's own word: a 404 of somebody between, or of a path that it does not have, is none.
    fn is_missing(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
            && serde_json::from_slice::<WireFailure>(&self.body)
                .is_ok_and(|failure| failure.error.code.as_deref() == Some("resource_missing"))
    }
}

fn looked<T>(answer: Result<Answer<T>, ProviderError>) -> Result<T, ProviderError> {
    match answer {
        Ok(answer) => Ok(answer.value),
        Err(ProviderError::Refused { code }) => Err(unknown(format!("a look was refused: {code}"))),
        Err(error @ ProviderError::Unknown { .. }) => Err(error),
    }
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Only a word about the card or about the request itself is a no. A key that is in use or stands for another request,
/// a limit, a wrong API key and all trouble at Stripe say nothing about what was done.
fn failure(status: StatusCode, body: &[u8]) -> ProviderError {
    let Ok(WireFailure { error }) = serde_json::from_slice(body) else {
        return unknown(format!("status {status} without a word"));
    };
    let code = error.decline_code.or(error.code).unwrap_or_else(|| error.kind.clone());
    match (status, error.kind.as_str()) {
        (StatusCode::BAD_REQUEST | StatusCode::PAYMENT_REQUIRED, "card_error" | "invalid_request_error") => {
            refused(&code)
        }
        _ => unknown(format!("status {status}, code {code}")),
    }
}
