//! Content negotiation and status codes of GraphQL over HTTP (draft of 2025, section 6).

use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::{errors::Code, request::Refusal, respond::Answer};

/// The media type of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accepted {
    /// `application/graphql-response+json`: the status tells whether the request was good.
    GraphqlResponse,
    /// `application/json`: 200 for every well-formed request, as older clients expect.
    Json,
}

impl Accepted {
    /// Reads `Accept`; without one, or with a wildcard, the older type is taken.
    ///
    /// # Errors
    /// 406 when the client takes neither.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Result<Self, Refusal> {
        let mut best: Option<(Self, f32)> = None;
        let mut any = false;
        for value in headers.get_all(header::ACCEPT) {
            for range in value.to_str().unwrap_or_default().split(',') {
                let mut parts = range.split(';').map(str::trim);
                let media = parts.next().unwrap_or_default().to_ascii_lowercase();
                let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
                any |= !media.is_empty();
                let accepted = match media.as_str() {
                    "application/graphql-response+json" => Self::GraphqlResponse,
                    "application/json" | "application/*" | "*/*" => Self::Json,
                    _ => continue,
                };
                if quality > 0.0 && best.is_none_or(|(_, known)| quality > known) {
                    best = Some((accepted, quality));
                }
            }
        }
        match best {
            Some((accepted, _)) => Ok(accepted),
            None if !any => Ok(Self::Json),
            None => {
                let message = "this address answers application/graphql-response+json and application/json";
                Err(Refusal::transport(StatusCode::NOT_ACCEPTABLE, Code::BadUserInput, message))
            }
        }
    }

    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        })
    }
}

/// The HTTP form of an answer or a refusal.
pub(crate) fn reply(accepted: Accepted, outcome: Result<Answer, Refusal>) -> Response {
    let (status, answer) = match outcome {
        Ok(answer) => (StatusCode::OK, answer),
        Err(refusal) => {
            let told = refusal.is_transport_fault || accepted == Accepted::GraphqlResponse;
            let status = if told { refusal.status } else { StatusCode::OK };
            (status, Answer::refused(&refusal.errors))
        }
    };
    let mut response = (status, answer.body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, accepted.content_type());
    // Answers depend on the caller and must not be kept by anybody between.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=\"invalid_token\""));
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accept_header_chooses_the_media_type() {
        for (accept, expected) in [
            (None, Some(Accepted::Json)),
            (Some("*/*"), Some(Accepted::Json)),
            (Some("application/json"), Some(Accepted::Json)),
            (Some("application/graphql-response+json"), Some(Accepted::GraphqlResponse)),
            (Some("application/graphql-response+json, application/json;q=0.9"), Some(Accepted::GraphqlResponse)),
            (Some("application/graphql-response+json;q=0.5, application/json"), Some(Accepted::Json)),
            (Some("application/graphql+json, */*;q=0.1"), Some(Accepted::Json)),
            (Some("text/html"), None),
            (Some("application/json;q=0"), None),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            }
            assert_eq!(Accepted::from_headers(&headers).ok(), expected, "{accept:?}");
        }
    }
}
