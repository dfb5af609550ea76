//! Where the customer approves or declines: the url is the only credential.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::{
        HeaderMap, HeaderName,
        header::{ACCEPT, ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_SECURITY_POLICY, REFERRER_POLICY},
    },
    response::{Html, IntoResponse, Redirect, Response},
};
use serde_json::json;
use souk_contracts::Money;

use super::{App, failure::Failure};
use crate::charge::{Charge, Status};

/// No scripts, no frames around it, and the secret url goes to nobody.
const PAGE_HEADERS: [(HeaderName, &str); 2] = [
    (CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    (REFERRER_POLICY, "no-referrer"),
];
/// A shop's own page may post the decision; there are no cookies that it could misuse.
const ANY_ORIGIN: [(HeaderName, &str); 1] = [(ACCESS_CONTROL_ALLOW_ORIGIN, "*")];

pub async fn page(State(app): State<App>, Path(secret): Path<String>) -> Result<Response, Failure> {
    let charge = app.provider.find_by_secret(&secret).await?;
    Ok(show(&charge, &secret))
}

pub async fn approve(
    State(app): State<App>,
    Path(secret): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let charge = app.provider.decide(&secret, true).await?;
    Ok(answer(&charge, &secret, &headers))
}

pub async fn decline(
    State(app): State<App>,
    Path(secret): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let charge = app.provider.decide(&secret, false).await?;
    Ok(answer(&charge, &secret, &headers))
}

/// A page for browsers, JSON for programs.
fn answer(charge: &Arc<Charge>, secret: &str, headers: &HeaderMap) -> Response {
    let browser = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|v| v.contains("text/html"));
    match (&charge.return_url, browser) {
        (Some(url), true) => Redirect::to(url).into_response(),
        (None, true) => show(charge, secret),
        (_, false) => (ANY_ORIGIN, Json(json!({ "status": charge.status }))).into_response(),
    }
}

fn show(charge: &Charge, secret: &str) -> Response {
    let amount = Money::new(charge.amount_minor, charge.currency);
    let choice = match charge.status {
        Status::RequiresAction => format!(
            "<form method=post action=\"/actions/{secret}/approve\"><button>Approve</button></form>\
             <form method=post action=\"/actions/{secret}/decline\"><button>Decline</button></form>"
        ),
        Status::Authorized | Status::Captured => "<p>Approved. You can close this page.</p>".to_owned(),
        Status::Failed => "<p>Declined or expired. You can close this page.</p>".to_owned(),
        Status::Voided => "<p>The shop has withdrawn this payment.</p>".to_owned(),
    };
    // Nothing here needs escaping: amounts, checked references and hex secrets.
    let html = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>Sandbox payment</title><style>body{{font:1.1rem system-ui;max-width:24rem;margin:4rem auto}}\
         button{{font:inherit;width:100%;padding:.8rem;margin:.3rem 0}}</style>\
         <h1>{amount}</h1><p>Payment {}</p>{choice}</html>",
        charge.reference
    );
    (PAGE_HEADERS, Html(html)).into_response()
}
