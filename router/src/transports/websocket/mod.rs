//! graphql-transport-ws: queries, mutations and subscriptions over one WebSocket.
//!
//! One task a connection drives its operations; leaving drops them, and with them every stream behind.

mod connection;
mod frames;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    extract::{
        ConnectInfo, State,
        ws::{WebSocket, WebSocketUpgrade},
    },
    response::Response,
};
use http::{HeaderMap, StatusCode};

use crate::{
    errors::Code,
    http::{Accepted, Door, reply},
    request::Refusal,
};

const PROTOCOL: &str = "graphql-transport-ws";

/// `GET /graphql/ws`
pub(crate) async fn upgrade(
    State(door): State<Door>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    accept(door, address, &headers, upgrade)
}

/// Takes the WebSocket, unless there are too many.
pub(super) fn accept(door: Door, address: SocketAddr, headers: &HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    let Some(seat) = Seat::take(&door.sockets, door.engine.limits.sockets) else {
        let refusal =
            Refusal::transport(StatusCode::SERVICE_UNAVAILABLE, Code::LimitExceeded, "too many WebSockets are open");
        return reply(Accepted::Json, Err(refusal));
    };
    let limit = door.engine.limits.body_bytes;
    let headers = headers.clone();
    upgrade.protocols([PROTOCOL]).max_message_size(limit).max_frame_size(limit).on_upgrade(
        move |socket: WebSocket| async move {
            let shutdown = door.engine.shutdown.clone();
            let serve = async move {
                let _seat = seat;
                connection::Connection::new(door, address, &headers, socket).serve().await;
            };
            // Tracked, so that a stop says goodbye to every client.
            if let Err(error) = shutdown.spawn(serve).await {
                tracing::error!(%error, "a WebSocket ended abnormally");
            }
        },
    )
}

/// One of the limited number of WebSockets.
struct Seat(Arc<AtomicUsize>);

impl Seat {
    fn take(taken: &Arc<AtomicUsize>, limit: usize) -> Option<Self> {
        let seat =
            taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| (taken < limit).then_some(taken + 1));
        let seat = seat.ok().map(|_| Self(Arc::clone(taken)));
        if seat.is_some() {
            metrics::gauge!("router_websockets_open").increment(1.0);
        }
        seat
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
        metrics::gauge!("router_websockets_open").decrement(1.0);
    }
}
