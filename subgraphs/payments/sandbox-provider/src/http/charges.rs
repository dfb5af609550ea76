//! The API's handlers.

use std::time::Duration;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, Method as Verb, StatusCode, Uri, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use souk_contracts::CurrencyCode;
use url::Url;

use super::{App, failure::Failure, view::ChargeView};
use crate::{
    charge::{Demand, Method},
    entry::Request,
    provider::Fault,
    token::{Answer, FirstFault, Token},
};

/// 10 billion units of any of our currencies.
const LARGEST_AMOUNT_MINOR: i64 = 1_000_000_000_000;

/// Charges in one answer to a question about a time.
const PAGE: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChargeBody {
    reference: String,
    amount_minor: i64,
    currency: CurrencyCode,
    method: Method,
    token: Option<String>,
    capture: bool,
    return_url: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RefundBody {
    amount_minor: i64,
    reference: String,
}

#[derive(Debug, Deserialize)]
pub struct ListQuery {
    reference: Option<String>,
    created_since: Option<DateTime<Utc>>,
    /// The last charge of the page before.
    after: Option<String>,
}

pub async fn create(
    State(app): State<App>,
    verb: Verb,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    let request = keyed(&verb, &uri, &headers, &body)?;
    let (demand, token) = parse_charge(&body)?;
    let reply = match app.provider.create(request, demand, token).await {
        Err(Fault::Staged(FirstFault::Hang)) => {
            hang(&app, app.provider.timing.hang).await?;
            return Err(Fault::Staged(FirstFault::Hang).into());
        }
        other => other?,
    };
    match reply.answer {
        Answer::AtOnce => {}
        Answer::Slowly => hang(&app, app.provider.timing.slow).await?,
        Answer::Never => hang(&app, app.provider.timing.hang).await?,
    }
    Ok((StatusCode::CREATED, Json(ChargeView::new(&reply.charge, &app.provider))).into_response())
}

pub async fn read(State(app): State<App>, Path(id): Path<String>) -> Result<Json<ChargeView>, Failure> {
    let charge = app.provider.find(&id).await?;
    Ok(Json(ChargeView::new(&charge, &app.provider)))
}

pub async fn list(State(app): State<App>, Query(query): Query<ListQuery>) -> Result<Response, Failure> {
    let mut charges = match (&query.reference, query.created_since) {
        (Some(reference), None) => app.provider.find_by_reference(reference).await?,
        // One more than is shown tells whether there are more.
        (None, Some(since)) => app.provider.created_since(since, query.after.as_deref(), PAGE + 1).await?,
        (Some(_), Some(_)) | (None, None) => {
            return Err(Failure::Invalid("either reference or created_since must be given".to_owned()));
        }
    };
    let has_more = query.created_since.is_some() && charges.len() > PAGE;
    if has_more {
        charges.truncate(PAGE);
    }
    let data: Vec<ChargeView> = charges.iter().map(|charge| ChargeView::new(charge, &app.provider)).collect();
    Ok(Json(json!({ "data": data, "has_more": has_more })).into_response())
}

pub async fn capture(
    State(app): State<App>,
    Path(id): Path<String>,
    verb: Verb,
    uri: Uri,
    (headers, body): (HeaderMap, Bytes),
) -> Result<Json<ChargeView>, Failure> {
    let charge = app.provider.capture(keyed(&verb, &uri, &headers, &body)?, &id).await?;
    Ok(Json(ChargeView::new(&charge, &app.provider)))
}

pub async fn void(
    State(app): State<App>,
    Path(id): Path<String>,
    verb: Verb,
    uri: Uri,
    (headers, body): (HeaderMap, Bytes),
) -> Result<Json<ChargeView>, Failure> {
    let charge = app.provider.void(keyed(&verb, &uri, &headers, &body)?, &id).await?;
    Ok(Json(ChargeView::new(&charge, &app.provider)))
}

pub async fn refund(
    State(app): State<App>,
    Path(id): Path<String>,
    verb: Verb,
    uri: Uri,
    (headers, body): (HeaderMap, Bytes),
) -> Result<Response, Failure> {
    let request = keyed(&verb, &uri, &headers, &body)?;
    let RefundBody { amount_minor, reference } = parse(&body)?;
    let (amount_minor, reference) = (amount(amount_minor)?, checked_reference(reference)?);
    let charge = app.provider.refund(request, &id, amount_minor, reference).await?;
    Ok((StatusCode::CREATED, Json(ChargeView::new(&charge, &app.provider))).into_response())
}

pub async fn ledger(State(app): State<App>) -> Result<Response, Failure> {
    let lines = app.provider.ledger().await.map_err(|error| {
        tracing::error!(%error, "the ledger cannot be read: {error}");
        Failure::Unreadable
    })?;
    Ok(([(CONTENT_TYPE, "application/x-ndjson")], lines).into_response())
}

/// The idempotency key and what it stands for: verb, path and body, byte for byte.
fn keyed(verb: &Verb, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Result<Request, Failure> {
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).ok_or(Failure::NoKey)?;
    if key.is_empty() || key.len() > 255 {
        return Err(Failure::NoKey);
    }
    let digest = Sha256::new().chain_update(format!("{verb} {}\n", uri.path())).chain_update(body).finalize();
    Ok(Request { key: key.to_owned(), hash: format!("{digest:x}") })
}

fn parse_charge(body: &[u8]) -> Result<(Demand, Token), Failure> {
    let body: ChargeBody = parse(body)?;
    let token = match (body.token.as_deref(), body.method) {
        (None, Method::Card) => return Err(Failure::Invalid("token is missing: a CARD charge needs one".to_owned())),
        (None, Method::Upi | Method::Wallet | Method::NetBanking) => Token::Ok,
        // The text is not repeated: someone may have put a card number there.
        (Some(text), _) => text.parse().map_err(|()| Failure::Invalid("token is unknown".to_owned()))?,
    };
    if !body.capture && body.method != Method::Card {
        return Err(Failure::Invalid("capture must be true: only CARD separates authorisation from it".to_owned()));
    }
    let is_web = |text: &String| Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if !body.return_url.as_ref().is_none_or(is_web) {
        return Err(Failure::Invalid("return_url must be an http or https url".to_owned()));
    }
    let demand = Demand {
        reference: checked_reference(body.reference)?,
        amount_minor: amount(body.amount_minor)?,
        currency: body.currency,
        method: body.method,
        capture: body.capture,
        return_url: body.return_url,
    };
    Ok((demand, token))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| {
        // Position only: serde's own text may repeat what was sent.
        let (line, column) = (error.line(), error.column());
        Failure::Invalid(format!("the body is not what this call takes (line {line}, column {column})"))
    })
}

fn amount(minor: i64) -> Result<i64, Failure> {
    if (1..=LARGEST_AMOUNT_MINOR).contains(&minor) {
        Ok(minor)
    } else {
        Err(Failure::Invalid(format!("amount_minor must be 1 to {LARGEST_AMOUNT_MINOR}")))
    }
}

/// Also what makes it safe to show on the customer's page.
fn checked_reference(reference: String) -> Result<String, Failure> {
    let fits = (1..=64).contains(&reference.len())
        && reference.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte));
    if fits {
        Ok(reference)
    } else {
        Err(Failure::Invalid("reference must be 1 to 64 letters, digits, '_', '-', '.' or ':'".to_owned()))
    }
}

async fn hang(app: &App, duration: Duration) -> Result<(), Failure> {
    if app.shutdown.pause(duration).await { Ok(()) } else { Err(Failure::Stopping) }
}
