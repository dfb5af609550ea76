//! A subscription at a subgraph: graphql-transport-ws, one connection each. Dropping it closes it at once.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use discovery_client::Outcome;
use futures_util::{SinkExt as _, StreamExt as _};
use http::{HeaderValue, Request, header};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _, handshake::client},
};

use super::{calls::Context, fault::unavailable, http::Subgraphs, target::Target};
use crate::{
    errors::{Code, GraphqlError},
    execute::PreparedFetch,
    supergraph::Graph,
};

const PROTOCOL: HeaderValue = HeaderValue::from_static("graphql-transport-ws");
/// A silent upstream is pinged this often, and lost when it stays silent for two pings more.
const PING_EVERY: Duration = Duration::from_secs(15);

/// An open subscription.
pub(crate) struct Upstream {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    subgraph: Arc<str>,
    last_heard: Instant,
}

/// What a message from the subgraph means.
enum Event {
    /// A GraphQL response.
    Next(Bytes),
    Complete,
    Ping,
    Pong,
    Malformed,
}

impl Event {
    fn parse(text: &str) -> Self {
        let Ok(frame) = serde_json::from_str::<Frame<'_>>(text) else { return Self::Malformed };
        match (frame.r#type, frame.payload.map(RawValue::get)) {
            ("next", Some(payload)) => Self::Next(Bytes::copy_from_slice(payload.as_bytes())),
            ("error", Some(errors)) => Self::Next(Bytes::from(format!("{{\"data\":null,\"errors\":{errors}}}"))),
            ("complete", _) => Self::Complete,
            ("ping", _) => Self::Ping,
            ("pong", _) => Self::Pong,
            _ => Self::Malformed,
        }
    }
}

/// A message of the protocol.
#[derive(Deserialize)]
struct Frame<'a> {
    r#type: &'a str,
    #[serde(borrow, default)]
    payload: Option<&'a RawValue>,
}

impl Subgraphs {
    /// Opens the stream of a subscription's first fetch. `body` is its GraphQL request.
    ///
    /// # Errors
    /// When no instance takes it; the next one is tried once.
    pub(crate) async fn subscribe(
        &self,
        graph: &Graph,
        fetch: &PreparedFetch,
        (body, context): (&Bytes, &Context),
    ) -> Result<Upstream, GraphqlError> {
        let subgraph = &fetch.subgraph;
        let route = graph.routes.get(subgraph).ok_or_else(|| unavailable(subgraph))?;
        let mut failed: Option<String> = None;
        for _ in 0..2 {
            let by = (fetch.answered_by.as_deref(), failed.as_deref());
            let target = Target::choose(self.discovery.as_ref(), route, by).ok_or_else(|| unavailable(subgraph))?;
            let instance = target.instance_id();
            match timeout(self.timeouts.subgraph, open(&target, body, context)).await {
                Ok(Ok(socket)) => {
                    target.finish(Outcome::Ok);
                    return Ok(Upstream { socket, subgraph: Arc::clone(subgraph), last_heard: Instant::now() });
                }
                Ok(Err(fault)) => {
                    tracing::warn!(subgraph = %subgraph, "subscription at subgraph {subgraph} failed: {fault}");
                    target.finish(if fault.is_connect { Outcome::Unreachable } else { Outcome::Failed });
                }
                Err(_) => {
                    tracing::warn!(subgraph = %subgraph, "subscription at subgraph {subgraph} was not taken in time");
                    target.finish(Outcome::Failed);
                }
            }
            failed = instance;
        }
        Err(unavailable(subgraph))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
struct OpenFault {
    reason: String,
    is_connect: bool,
}

impl OpenFault {
    fn refused(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), is_connect: false }
    }
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn open(target: &Target, body: &Bytes, context: &Context) -> Result<Socket, OpenFault> {
    let url = target.socket().ok_or_else(|| OpenFault::refused("the instance takes no subscriptions"))?;
    let (mut socket, _) = connect_async(handshake(url.as_str(), context)?)
        .await
        .map_err(|error| OpenFault { reason: error.to_string(), is_connect: true })?;
    let authorization = context.authorization.as_ref().and_then(|value| value.to_str().ok());
    let init = match authorization {
        Some(authorization) => {
            serde_json::json!({ "type": "connection_init", "payload": { "authorization": authorization } })
        }
        None => serde_json::json!({ "type": "connection_init" }),
    };
    let broken = |error: tokio_tungstenite::tungstenite::Error| OpenFault::refused(error.to_string());
    socket.send(Message::text(init.to_string())).await.map_err(broken)?;
    loop {
        let message = socket.next().await.ok_or_else(|| OpenFault::refused("closed before the acknowledgement"))?;
        match message.map_err(broken)? {
            Message::Text(text) => match serde_json::from_str::<Frame<'_>>(&text).map(|frame| frame.r#type) {
                Ok("connection_ack") => break,
                Ok("ping") => socket.send(Message::text(r#"{"type":"pong"}"#)).await.map_err(broken)?,
                _ => {}
            },
            Message::Close(frame) => return Err(OpenFault::refused(format!("refused: {frame:?}"))),
            _ => {}
        }
    }
    let mut subscribe = br#"{"id":"1","type":"subscribe","payload":"#.to_vec();
    subscribe.extend_from_slice(body);
    subscribe.push(b'}');
    let text = String::from_utf8(subscribe).map_err(|error| OpenFault::refused(error.to_string()))?;
    socket.send(Message::text(text)).await.map_err(broken)?;
    Ok(socket)
}

fn handshake(url: &str, context: &Context) -> Result<Request<()>, OpenFault> {
    let mut request: client::Request =
        url.into_client_request().map_err(|error| OpenFault::refused(error.to_string()))?;
    let headers = request.headers_mut();
    headers.insert(header::SEC_WEBSOCKET_PROTOCOL, PROTOCOL);
    headers.insert("traceparent", context.traceparent.clone());
    Ok(request)
}

impl Upstream {
    /// The next event as a GraphQL response, or the reason why there will be no more. None: it is complete.
    pub(crate) async fn next(&mut self) -> Option<Result<Bytes, GraphqlError>> {
        loop {
            let message = match timeout(PING_EVERY, self.socket.next()).await {
                Ok(Some(Ok(message))) => message,
                Ok(Some(Err(_)) | None) => return Some(Err(self.lost())),
                Err(_) if self.last_heard.elapsed() > PING_EVERY * 3 => return Some(Err(self.lost())),
                Err(_) => {
                    if self.socket.send(Message::text(r#"{"type":"ping"}"#)).await.is_err() {
                        return Some(Err(self.lost()));
                    }
                    continue;
                }
            };
            self.last_heard = Instant::now();
            let text = match message {
                Message::Text(text) => text,
                Message::Close(_) => return Some(Err(self.lost())),
                _ => continue,
            };
            match Event::parse(&text) {
                Event::Next(payload) => return Some(Ok(payload)),
                Event::Complete => return None,
                Event::Malformed => return Some(Err(self.malformed())),
                Event::Pong => {}
                Event::Ping if self.socket.send(Message::text(r#"{"type":"pong"}"#)).await.is_ok() => {}
                Event::Ping => return Some(Err(self.lost())),
            }
        }
    }

    fn lost(&self) -> GraphqlError {
        let message = format!("the stream from subgraph {} was lost: subscribe again", self.subgraph);
        GraphqlError::new(Code::Unavailable, message).of_service(&self.subgraph)
    }

    fn malformed(&self) -> GraphqlError {
        let message = format!("subgraph {} broke the subscription protocol", self.subgraph);
        GraphqlError::new(Code::Internal, message).of_service(&self.subgraph)
    }
}
