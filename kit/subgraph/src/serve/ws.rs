//! `GET /graphql/ws`: graphql-transport-ws, for the router's subscriptions.

use std::{sync::Arc, time::Duration};

use async_graphql::{Data, Executor, http::ALL_WEBSOCKET_PROTOCOLS};
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::{
    extract::{
        WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket, close_code},
    },
    response::{IntoResponse as _, Response},
};
use futures_util::{SinkExt as _, StreamExt as _, future::join};
use souk_process::Shutdown;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::{CancellationToken, PollSender};

use crate::{
    auth::Authenticator,
    error::{ApiError, ErrorCode},
};

/// A peer that says nothing for this long is gone; the router pings far more often.
const SILENCE: Duration = Duration::from_secs(60);
/// How long a peer may take to accept our goodbye.
const GOODBYE: Duration = Duration::from_secs(1);
/// Messages on their way to a slow peer.
const OUTBOUND: usize = 16;

/// What every socket needs from its process.
#[derive(Clone)]
pub(super) struct Sockets {
    pub authenticator: Arc<Authenticator>,
    /// Waits for the sockets' ends at a stop.
    pub tasks: Shutdown,
    /// Cancelled when this process takes no new work.
    pub closing: CancellationToken,
}

/// Opens a socket; `connection_init` carries the token as `authorization`, in any case.
pub(super) async fn open<E: Executor>(
    executor: E,
    sockets: Sockets,
    (protocol, upgrade): (GraphQLProtocol, WebSocketUpgrade),
) -> Response {
    upgrade
        .protocols(ALL_WEBSOCKET_PROTOCOLS)
        .on_upgrade(move |socket| async move {
            let tasks = sockets.tasks.clone();
            // The server does not wait for upgraded connections; the drain of the process's tasks does.
            let _ = tasks.spawn(converse(socket, executor, sockets, protocol)).await;
        })
        .into_response()
}

/// Serves one socket until the peer leaves or this process stops, and says goodbye then.
async fn converse<E: Executor>(socket: WebSocket, executor: E, sockets: Sockets, protocol: GraphQLProtocol) {
    let Sockets { authenticator, closing, .. } = sockets;
    let (mut sink, stream) = socket.split();
    let (outbound, queued) = mpsc::channel::<Message>(OUTBOUND);
    let served = GraphQLWebSocket::new_with_pair(PollSender::new(outbound), stream, executor, protocol)
        .on_connection_init(move |payload| async move { session(&authenticator, &payload) })
        .keepalive_timeout(SILENCE)
        .serve();
    let sent = ReceiverStream::new(queued).map(Ok).forward(&mut sink);
    tokio::select! {
        // Boxed: the conversation would be most of this task's size twice over.
        _ = Box::pin(join(served, sent)) => {}
        () = closing.cancelled() => {
            let frame = CloseFrame { code: close_code::AWAY, reason: "stopping: connect to another instance".into() };
            let _ = tokio::time::timeout(GOODBYE, sink.send(Message::Close(Some(frame)))).await;
        }
    }
}

fn session(authenticator: &Authenticator, payload: &serde_json::Value) -> async_graphql::Result<Data> {
    let header = payload.as_object().and_then(|fields| {
        fields.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization")).and_then(|(_, value)| value.as_str())
    });
    let principal = authenticator
        .authenticate(header)
        .map_err(|error| ApiError::new(ErrorCode::Unauthenticated, error.to_string()))?;
    let mut data = Data::default();
    data.insert(principal);
    Ok(data)
}
