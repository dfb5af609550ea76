//! `GET /graphql/ws`: graphql-transport-ws, for the router's subscriptions.

use std::{sync::Arc, time::Duration};

use async_graphql::{Data, Executor, http::ALL_WEBSOCKET_PROTOCOLS};
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::{
    extract::WebSocketUpgrade,
    response::{IntoResponse as _, Response},
};
use souk_process::Shutdown;

use crate::{
    auth::Authenticator,
    error::{ApiError, ErrorCode},
};

/// Opens a socket; `connection_init` carries the token as `authorization`, in any case.
pub(super) async fn open<E: Executor>(
    executor: E,
    authenticator: Arc<Authenticator>,
    shutdown: Shutdown,
    (protocol, upgrade): (GraphQLProtocol, WebSocketUpgrade),
) -> Response {
    upgrade
        .protocols(ALL_WEBSOCKET_PROTOCOLS)
        .on_upgrade(move |stream| async move {
            let served = GraphQLWebSocket::new(stream, executor, protocol)
                .on_connection_init(move |payload| async move { session(&authenticator, &payload) })
                .keepalive_timeout(Duration::from_secs(60))
                .serve();
            tokio::select! { () = served => {}, () = shutdown.requested() => {} }
        })
        .into_response()
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
