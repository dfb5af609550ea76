//! Paths that are not GraphQL and belong to one service: passed through, unchanged, to one of its instances.

use std::net::SocketAddr;

use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    response::{IntoResponse, Response},
};
use discovery_client::{Discovery, Outcome};
use http::{HeaderMap, HeaderName, StatusCode, header};

use super::Door;
use crate::auth::Caller;

/// Headers of one connection, not of the message (RFC 9110 section 7.6.1).
const HOP_BY_HOP: [HeaderName; 7] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Serves a path below one of the prefixes; anything else is not found.
pub(crate) async fn forward(
    State(door): State<Door>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let path = request.uri().path();
    let rule = door.forward.iter().filter(|rule| path.starts_with(&rule.prefix)).max_by_key(|rule| rule.prefix.len());
    let Some(rule) = rule else { return plain(StatusCode::NOT_FOUND, "not found") };
    // A path must not climb out of its prefix at the other side.
    if path.split('/').any(|segment| matches!(segment, "." | "..")) {
        return plain(StatusCode::BAD_REQUEST, "the path must not hold . or .. segments");
    }
    if door.rate.check(&Caller::anonymous(), address.ip()).is_err() {
        return plain(StatusCode::TOO_MANY_REQUESTS, "too many requests");
    }
    let Some(discovery) = &door.discovery else { return plain(StatusCode::NOT_FOUND, "not found") };
    match pass(&door, discovery, &rule.app, request).await {
        Ok(response) => response,
        Err((status, reason)) => {
            tracing::warn!(app = %rule.app, "forwarding to {} failed: {reason}", rule.app);
            plain(status, reason)
        }
    }
}

async fn pass(
    door: &Door,
    discovery: &Discovery,
    app: &str,
    request: Request,
) -> Result<Response, (StatusCode, &'static str)> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, door.engine.limits.body_bytes)
        .await
        .map_err(|_| (StatusCode::PAYLOAD_TOO_LARGE, "the request is too large"))?;
    let picked = discovery.pick(app).ok_or((StatusCode::SERVICE_UNAVAILABLE, "the service is unavailable"))?;
    let url = picked.url(parts.uri.path_and_query().map_or("/", |path| path.as_str()));
    let mut headers = parts.headers;
    strip(&mut headers);
    headers.remove(header::HOST);
    headers.remove(header::CONTENT_LENGTH);
    let timeout = door.engine.subgraphs.request_timeout();
    let sent = door.client.request(parts.method, url).headers(headers).body(body).timeout(timeout).send().await;
    let answer = match sent {
        Ok(answer) => {
            picked.finish(if answer.status().is_server_error() { Outcome::Failed } else { Outcome::Ok });
            answer
        }
        Err(error) => {
            picked.finish(if error.is_connect() { Outcome::Unreachable } else { Outcome::Failed });
            return Err(if error.is_timeout() {
                (StatusCode::GATEWAY_TIMEOUT, "the service did not answer in time")
            } else {
                (StatusCode::BAD_GATEWAY, "the service is unavailable")
            });
        }
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    strip(response.headers_mut());
    *response.body_mut() = Body::from_stream(answer.bytes_stream());
    Ok(response)
}

fn strip(headers: &mut HeaderMap) {
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    (status, text).into_response()
}
