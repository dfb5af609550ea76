//! GraphQL over HTTP: one request, one answer.

use std::{net::SocketAddr, time::Duration};

use apollo_compiler::response::JsonMap;
use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, FromRequestParts as _, Query, Request as HttpRequest, State, ws::WebSocketUpgrade},
    response::Response,
};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use tokio::time::timeout;

use super::websocket;
use crate::{
    errors::Code,
    http::{Accepted, Door, reply, traceparent},
    pipeline::{self, Accepts, From, Outcome},
    request::{Refusal, Request},
    respond::Answer,
};

/// How long a request's body may take to arrive.
const BODY_LIMIT: Duration = Duration::from_secs(15);

/// `POST /graphql`
pub(crate) async fn post(
    State(door): State<Door>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    request: HttpRequest,
) -> Response {
    let (parts, body) = request.into_parts();
    let accepted = match Accepted::from_headers(&parts.headers) {
        Ok(accepted) => accepted,
        Err(refusal) => return reply(Accepted::Json, Err(refusal)),
    };
    let outcome = async {
        check_content_type(&parts.headers)?;
        let from = identify(&door, &parts.headers, address)?;
        let body = read_body(body, door.engine.limits.body_bytes).await?;
        answer(&door, Request::from_json(&body)?, from, Accepts::QueriesAndMutations).await
    };
    reply(accepted, outcome.await)
}

/// `GET /graphql`: a query in the address, or the start of a WebSocket.
pub(crate) async fn get_or_upgrade(
    State(door): State<Door>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    request: HttpRequest,
) -> Response {
    let (mut parts, _) = request.into_parts();
    if parts.headers.contains_key(header::UPGRADE) {
        return match WebSocketUpgrade::from_request_parts(&mut parts, &door).await {
            Ok(upgrade) => websocket::accept(door, address, &parts.headers, upgrade),
            Err(rejection) => axum::response::IntoResponse::into_response(rejection),
        };
    }
    let accepted = match Accepted::from_headers(&parts.headers) {
        Ok(accepted) => accepted,
        Err(refusal) => return reply(Accepted::Json, Err(refusal)),
    };
    let outcome = async {
        let from = identify(&door, &parts.headers, address)?;
        let Query(parameters) = Query::<Parameters>::try_from_uri(&parts.uri).map_err(|_| {
            Refusal::transport(
                StatusCode::BAD_REQUEST,
                Code::BadUserInput,
                "the parameters of the address cannot be read",
            )
        })?;
        answer(&door, parameters.into_request()?, from, Accepts::Queries).await
    };
    reply(accepted, outcome.await)
}

/// Who asks; a bad token ends the request here.
pub(super) fn identify(door: &Door, headers: &HeaderMap, address: SocketAddr) -> Result<From, Refusal> {
    let caller =
        door.engine.authenticator.authenticate(headers.get(header::AUTHORIZATION)).map_err(Refusal::unauthenticated)?;
    door.rate.check(&caller, address.ip())?;
    Ok(From { caller, traceparent: traceparent(headers) })
}

async fn answer(door: &Door, request: Request, from: From, accepts: Accepts) -> Result<Answer, Refusal> {
    match pipeline::run(&door.engine, request, from, accepts).await? {
        Outcome::Answer(answer) => Ok(answer),
        // `accepts` does not let subscriptions through.
        Outcome::Stream(_) => {
            Err(Refusal::transport(StatusCode::BAD_REQUEST, Code::BadUserInput, "subscriptions need a WebSocket"))
        }
    }
}

/// Only JSON: forms and plain text are what a page of another site can send unasked.
fn check_content_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = given.split(';').next().unwrap_or_default().trim();
    if media.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let message = "send the request as application/json";
    Err(Refusal::transport(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::BadUserInput, message))
}

async fn read_body(body: Body, limit: usize) -> Result<bytes::Bytes, Refusal> {
    let read = timeout(BODY_LIMIT, to_bytes(body, limit)).await.map_err(|_| {
        Refusal::transport(StatusCode::REQUEST_TIMEOUT, Code::BadUserInput, "the request did not arrive in time")
    })?;
    read.map_err(|error| {
        let too_large = std::error::Error::source(&error).is_some_and(|source| source.to_string().contains("limit"));
        if too_large {
            let message = format!("the request is longer than {limit} bytes");
            Refusal::transport(StatusCode::PAYLOAD_TOO_LARGE, Code::LimitExceeded, message)
        } else {
            Refusal::transport(StatusCode::BAD_REQUEST, Code::BadUserInput, "the request could not be read")
        }
    })
}

/// The form of a request in an address.
#[derive(Deserialize)]
struct Parameters {
    query: Option<String>,
    #[serde(rename = "operationName")]
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
}

impl Parameters {
    fn into_request(self) -> Result<Request, Refusal> {
        let object = |name: &str, text: Option<String>| {
            let parse = |text: String| serde_json::from_str::<Option<JsonMap>>(&text);
            text.filter(|text| !text.is_empty()).map(parse).transpose().map(Option::flatten).map_err(|_| {
                let message = format!("the parameter {name} is not a JSON object");
                Refusal::transport(StatusCode::BAD_REQUEST, Code::BadUserInput, message)
            })
        };
        let variables = object("variables", self.variables)?;
        let extensions = object("extensions", self.extensions)?;
        Request::new(self.query, self.operation_name, variables, extensions.as_ref())
    }
}
