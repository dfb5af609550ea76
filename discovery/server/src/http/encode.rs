//! Writing an answer: JSON when the request accepts it, otherwise XML, also for `*/*`.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};

use crate::wire::{
    json,
    model::{Application, Applications, Listed},
    xml,
};

/// The spelling that the request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Xml,
}

impl<S: Sync> FromRequestParts<S> for Format {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let mut accepted = parts.headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        Ok(if accepted.any(|value| value.contains("json")) { Self::Json } else { Self::Xml })
    }
}

pub(super) fn applications(format: Format, answer: &Applications) -> Response {
    match format {
        Format::Json => body(format, json::applications(answer)),
        Format::Xml => body(format, xml::applications(answer)),
    }
}

/// 404 with an empty body when there is none.
pub(super) fn application(format: Format, answer: Option<&Application>) -> Response {
    match (format, answer) {
        (_, None) => StatusCode::NOT_FOUND.into_response(),
        (Format::Json, Some(answer)) => body(format, json::application(answer)),
        (Format::Xml, Some(answer)) => body(format, xml::application(answer)),
    }
}

/// 404 with an empty body when there is none.
pub(super) fn instance(format: Format, answer: Option<&Listed>) -> Response {
    match (format, answer) {
        (_, None) => StatusCode::NOT_FOUND.into_response(),
        (Format::Json, Some(answer)) => body(format, json::instance(answer)),
        (Format::Xml, Some(answer)) => body(format, xml::instance(answer)),
    }
}

fn body(format: Format, text: String) -> Response {
    let kind = match format {
        Format::Json => "application/json",
        Format::Xml => "application/xml",
    };
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
