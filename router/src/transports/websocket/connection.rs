//! One WebSocket from its first message to its last.

use std::{net::SocketAddr, ops::ControlFlow, time::Duration};

use async_stream::stream;
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::{StreamExt as _, stream::BoxStream};
use http::{HeaderMap, HeaderValue, header};
use souk_process::clock;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_stream::StreamMap;

use super::frames::{self, ClientMessage, Close};
use crate::{
    auth::Caller,
    errors::{Code, GraphqlError},
    http::{Door, traceparent},
    pipeline::{self, Accepts, From, Outcome},
    request::Request,
};

/// How long a client may take to introduce itself.
const INIT_LIMIT: Duration = Duration::from_secs(10);
/// A client that takes no message for this long is given up.
const SEND_LIMIT: Duration = Duration::from_secs(10);
/// A silent client is pinged this often and given up when it stays silent for two pings more.
const PING_EVERY: Duration = Duration::from_secs(20);
/// Nothing that ends by itself.
const NEVER: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

type Frames = BoxStream<'static, String>;

pub(super) struct Connection {
    door: Door,
    address: SocketAddr,
    socket: WebSocket,
    /// The `Authorization` header of the handshake, for clients that cannot say it later.
    offered: Option<HeaderValue>,
    traceparent: HeaderValue,
    /// None before `connection_init`.
    caller: Option<Caller>,
    operations: StreamMap<String, Frames>,
    init_by: Instant,
    expires_at: Instant,
    last_heard: Instant,
    ping_at: Instant,
}

/// Why a connection is over.
enum End {
    Close(Close),
    /// The client said goodbye and waits for the answer.
    Goodbye,
    /// The client is gone.
    Gone,
}

type Step = ControlFlow<End>;

impl Connection {
    pub(super) fn new(door: Door, address: SocketAddr, headers: &HeaderMap, socket: WebSocket) -> Self {
        let now = Instant::now();
        Self {
            door,
            address,
            socket,
            offered: headers.get(header::AUTHORIZATION).cloned(),
            traceparent: traceparent(headers),
            caller: None,
            operations: StreamMap::new(),
            init_by: now + INIT_LIMIT,
            expires_at: now + NEVER,
            last_heard: now,
            ping_at: now + PING_EVERY,
        }
    }

    pub(super) async fn serve(mut self) {
        let mut step = match self.socket.protocol() {
            Some(_) => ControlFlow::Continue(()),
            None => ControlFlow::Break(End::Close(Close::NoSubprotocol)),
        };
        let shutdown = self.door.engine.shutdown.clone();
        while step.is_continue() {
            step = tokio::select! {
                message = self.socket.recv() => self.received(message).await,
                Some((_, frame)) = self.operations.next(), if !self.operations.is_empty() => self.send(frame).await,
                () = sleep_until(self.init_by), if self.caller.is_none() => close(Close::InitTimeout),
                () = sleep_until(self.expires_at) => close(Close::Unauthorized("the token has expired")),
                () = sleep_until(self.ping_at) => self.ping().await,
                () = shutdown.requested() => close(Close::GoingAway),
            };
        }
        // First the streams behind, then the goodbye.
        self.operations.clear();
        match step {
            ControlFlow::Break(End::Close(close)) => {
                let frame = CloseFrame { code: close.code(), reason: close.reason().into() };
                // Who does not take the goodbye is gone anyway.
                let _ = timeout(SEND_LIMIT, self.socket.send(Message::Close(Some(frame)))).await;
            }
            // The answer is queued when the goodbye is read, and goes out with the next read; without it the client
            // takes the connection for broken (1006).
            ControlFlow::Break(End::Goodbye) => {
                let _ = timeout(SEND_LIMIT, self.socket.recv()).await;
            }
            ControlFlow::Break(End::Gone) | ControlFlow::Continue(()) => {}
        }
    }

    async fn received(&mut self, message: Option<Result<Message, axum::Error>>) -> Step {
        self.last_heard = Instant::now();
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return ControlFlow::Continue(()),
            Some(Ok(Message::Binary(_))) => return close(Close::Invalid("messages are text".to_owned())),
            Some(Ok(Message::Close(_))) => return ControlFlow::Break(End::Goodbye),
            Some(Err(_)) | None => return ControlFlow::Break(End::Gone),
        };
        match ClientMessage::parse(&text) {
            Err(invalid) => close(invalid),
            Ok(ClientMessage::ConnectionInit { payload }) => self.init(payload.as_deref()).await,
            Ok(ClientMessage::Ping { payload }) => self.send(frames::pong(payload.as_deref())).await,
            Ok(ClientMessage::Pong) => ControlFlow::Continue(()),
            Ok(ClientMessage::Subscribe { id, payload }) => self.subscribe(id, &payload).await,
            Ok(ClientMessage::Complete { id }) => {
                // Dropping the stream closes what is behind it.
                self.operations.remove(&id);
                ControlFlow::Continue(())
            }
        }
    }

    async fn init(&mut self, payload: Option<&str>) -> Step {
        if self.caller.is_some() {
            return close(Close::TooManyInits);
        }
        let Ok(authorization) = authorization(payload) else {
            return close(Close::Invalid("the payload of connection_init must be an object".to_owned()));
        };
        let authorization = authorization.or_else(|| self.offered.take());
        match self.door.engine.authenticator.authenticate(authorization.as_ref()) {
            Err(error) => close(Close::Forbidden(error.message)),
            Ok(caller) => {
                if let Some(expires_at_s) = caller.expires_at_s {
                    let left_s = u64::try_from(expires_at_s - clock::unix_seconds()).unwrap_or(0);
                    self.expires_at = Instant::now() + Duration::from_secs(left_s).min(NEVER);
                }
                self.caller = Some(caller);
                self.send(frames::ack()).await
            }
        }
    }

    async fn subscribe(&mut self, id: String, payload: &str) -> Step {
        let Some(caller) = self.caller.clone() else { return close(Close::Unauthorized("Unauthorized")) };
        if self.operations.contains_key(&id) {
            return close(Close::SubscriberExists(id));
        }
        if self.operations.len() >= self.door.engine.limits.socket_operations {
            let error = GraphqlError::new(Code::LimitExceeded, "too many operations on one connection");
            return self.send(frames::error(&id, &[error])).await;
        }
        let request =
            self.door.rate.check(&caller, self.address.ip()).and_then(|()| Request::from_json(payload.as_bytes()));
        match request {
            Err(refusal) => self.send(frames::error(&id, &refusal.errors)).await,
            Ok(request) => {
                let from = From { caller, traceparent: self.traceparent.clone() };
                let frames = self.operation(id.clone(), request, from);
                self.operations.insert(id, frames);
                ControlFlow::Continue(())
            }
        }
    }

    /// The frames of one operation; its last one is `complete` or `error`.
    fn operation(&self, id: String, request: Request, from: From) -> Frames {
        let engine = std::sync::Arc::clone(&self.door.engine);
        stream! {
            match pipeline::run(&engine, request, from, Accepts::Everything).await {
                Err(refusal) => yield frames::error(&id, &refusal.errors),
                Ok(Outcome::Answer(answer)) => {
                    yield frames::next(&id, &answer);
                    yield frames::complete(&id);
                }
                Ok(Outcome::Stream(mut events)) => {
                    while let Some(event) = events.next().await {
                        match event {
                            Ok(answer) => yield frames::next(&id, &answer),
                            Err(refusal) => {
                                yield frames::error(&id, &refusal.errors);
                                return;
                            }
                        }
                    }
                    yield frames::complete(&id);
                }
            }
        }
        .boxed()
    }

    async fn ping(&mut self) -> Step {
        if self.last_heard.elapsed() > PING_EVERY * 3 {
            return ControlFlow::Break(End::Gone);
        }
        self.ping_at = Instant::now() + PING_EVERY;
        self.send_message(Message::Ping(bytes::Bytes::new())).await
    }

    async fn send(&mut self, frame: String) -> Step {
        self.send_message(Message::Text(frame.into())).await
    }

    /// While a slow client is waited for, its streams wait too.
    async fn send_message(&mut self, message: Message) -> Step {
        match timeout(SEND_LIMIT, self.socket.send(message)).await {
            Ok(Ok(())) => ControlFlow::Continue(()),
            Ok(Err(_)) | Err(_) => ControlFlow::Break(End::Gone),
        }
    }
}

fn close(close: Close) -> Step {
    ControlFlow::Break(End::Close(close))
}

/// `authorization` of the payload, in any case, also inside `headers`, where some clients put it.
fn authorization(payload: Option<&str>) -> Result<Option<HeaderValue>, serde_json::Error> {
    let payload: Option<serde_json::Map<String, serde_json::Value>> =
        payload.map(serde_json::from_str).transpose()?.flatten();
    let Some(payload) = payload else { return Ok(None) };
    let find = |map: &serde_json::Map<String, serde_json::Value>| {
        let entry = map.iter().find(|(key, _)| key.eq_ignore_ascii_case("authorization"));
        entry.and_then(|(_, value)| value.as_str()).map(ToOwned::to_owned)
    };
    let inner = payload.get("headers").and_then(|headers| headers.as_object());
    let text = find(&payload).or_else(|| inner.and_then(find)).filter(|text| !text.is_empty());
    // What no header can hold is no token; an impossible one is refused as malformed.
    Ok(text.map(|text| HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("malformed"))))
}
