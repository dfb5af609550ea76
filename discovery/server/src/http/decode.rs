//! Reading a request: the registration in its body, the arguments in its query.

use std::time::Duration;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    service::Service,
    wire::{Submitted, json, xml},
};

/// A body that is not here by then ties up a connection for nothing.
const READ_LIMIT: Duration = Duration::from_secs(5);

/// The body of a registration, JSON or XML.
pub(super) struct Registration(pub(super) Submitted);

impl FromRequest<Service> for Registration {
    type Rejection = Response;

    async fn from_request(request: Request, service: &Service) -> Result<Self, Response> {
        let kind =
            request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).map(str::to_lowercase);
        let body = tokio::time::timeout(READ_LIMIT, Bytes::from_request(request, service))
            .await
            .map_err(|_| StatusCode::REQUEST_TIMEOUT.into_response())?
            .map_err(IntoResponse::into_response)?;
        let is_xml = match kind {
            Some(kind) => kind.contains("xml"),
            None => body.trim_ascii_start().starts_with(b"<"),
        };
        let submitted = if is_xml { read_xml(&body) } else { json::read_instance(&body).map_err(|e| e.to_string()) };
        submitted.map(Self).map_err(|reason| bad_request(format!("Unreadable instance: {reason}")))
    }
}

fn read_xml(body: &[u8]) -> Result<Submitted, String> {
    let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
    xml::read_instance(text).map_err(|error| error.to_string())
}

/// A refusal that a person reads.
pub(super) fn bad_request(reason: impl Into<String>) -> Response {
    (StatusCode::BAD_REQUEST, reason.into()).into_response()
}

/// Arguments in the order of the query; of a repeated one the first counts.
pub(super) struct Arguments(pub(super) Vec<(String, String)>);

impl Arguments {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// `lastDirtyTimestamp`, epoch milliseconds; one that is no number is none.
    pub(super) fn dirty_ms(&self) -> Option<i64> {
        self.get("lastDirtyTimestamp")?.parse().ok()
    }
}
