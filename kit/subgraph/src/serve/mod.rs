//! Serving a schema: bind, announce, register, answer, and at a stop leave in the reverse order.
//!
//! ```text
//! POST /graphql ──> http ──┐
//! GET /graphql/ws ─> ws ───┴─> executor (principal + the subgraph's per-request data) ──> schema
//! GET /graphql/sdl · /health/live · /health/ready · /metrics · the subgraph's own routes
//! ```

mod executor;
mod http;
mod registration;
mod ws;

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use async_graphql::{ObjectType, Request, SDLExportOptions, Schema, SubscriptionType};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use discovery_client::RegistrationHandle;
use souk_process::{listen, ready};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::runtime::{Runtime, StartError};
use executor::WithRequestData;

/// The largest request body, in bytes: a batch of representations from the router fits well.
const BODY_LIMIT: usize = 8 << 20;

/// What a registry that does not answer may cost a stop.
const DEREGISTERING: Duration = Duration::from_secs(2);

/// A subgraph ready to be served.
pub struct Subgraph<Q, M, S, P = fn(Request) -> Request> {
    pub schema: Schema<Q, M, S>,
    /// Adds what lives for one request, e.g. loaders: `move |request| request.data(Loaders::new(&db))`.
    pub per_request: P,
    /// The subgraph's own routes, e.g. webhooks.
    pub routes: Router,
    /// Whether `/graphql/ws` is offered to the router.
    pub subscriptions: bool,
}

/// The federation SDL of a schema, as it is registered, committed and composed.
pub fn sdl<Q, M, S>(schema: &Schema<Q, M, S>) -> String
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    schema.sdl_with_options(SDLExportOptions::new().federation().compose_directive())
}

/// Serves until a stop is requested; then leaves discovery, takes no new connection, lets requests end, ends
/// WebSockets, relays the last events and drains the background tasks, in this order.
///
/// # Errors
/// [`StartError`].
pub async fn serve<Q, M, S, P>(runtime: Runtime, subgraph: Subgraph<Q, M, S, P>) -> Result<(), StartError>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
    P: Fn(Request) -> Request + Clone + Send + Sync + Unpin + 'static,
{
    let sdl = sdl(&subgraph.schema);
    let listener = listen::bind(runtime.config.service, runtime.config.listen).await?;
    let address = listener.local_addr().map_err(StartError::Serve)?;
    let closing = CancellationToken::new();
    let router = routes(&runtime, &subgraph, sdl.clone(), &closing);
    let server = axum::serve(listener, router).with_graceful_shutdown(closing.clone().cancelled_owned());
    announce(&runtime, address)?;
    tracing::info!("{} serves at {address}", runtime.config.instance);

    // The server accepts while the registration is under way, so the first caller finds it open.
    let server = tokio::spawn(async move { server.await });
    let registered = tokio::select! {
        registered = registration::register(&runtime, address, &sdl, subgraph.subscriptions) => registered,
        () = runtime.shutdown.requested() => None,
    };
    runtime.shutdown.requested().await;
    leave(runtime, registered, &closing, server).await
}

/// The stop: callers are sent elsewhere before anything is refused.
async fn leave(
    runtime: Runtime,
    registered: Option<RegistrationHandle>,
    closing: &CancellationToken,
    server: JoinHandle<std::io::Result<()>>,
) -> Result<(), StartError> {
    let drain = runtime.config.drain;
    runtime.health.set_unready("serving", "stopping");
    if let Some(handle) = registered
        && tokio::time::timeout(DEREGISTERING, handle.deregister()).await.is_err()
    {
        tracing::warn!("discovery does not answer: {} leaves without a word", runtime.config.instance);
    }
    closing.cancel();
    let ended = tokio::time::timeout(drain, server).await;
    if ended.is_err() {
        tracing::warn!("some requests did not end within {} ms", drain.as_millis());
    }
    runtime.outbox.close();
    if !runtime.shutdown.drain(drain).await {
        tracing::warn!("some background tasks did not end within {} ms", drain.as_millis());
    }
    // Closing waits for connections that are out; what has not ended by now loses its own.
    let _ = tokio::time::timeout(drain, runtime.db.close()).await;
    match ended {
        Ok(Ok(Err(error))) => Err(StartError::Serve(error)),
        Ok(Ok(Ok(())) | Err(_)) | Err(_) => Ok(()),
    }
}

fn routes<Q, M, S, P>(
    runtime: &Runtime,
    subgraph: &Subgraph<Q, M, S, P>,
    sdl: String,
    closing: &CancellationToken,
) -> Router
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
    P: Fn(Request) -> Request + Clone + Send + Sync + Unpin + 'static,
{
    let executor = WithRequestData::new(subgraph.schema.clone(), subgraph.per_request.clone());
    let graphql = {
        let (executor, authenticator) = (executor.clone(), runtime.authenticator.clone());
        post(move |headers, body| http::answer(executor.clone(), authenticator.clone(), headers, body))
    };
    let ws = {
        let sockets = ws::Sockets {
            authenticator: runtime.authenticator.clone(),
            tasks: runtime.shutdown.clone(),
            closing: closing.clone(),
        };
        get(move |protocol, upgrade| ws::open(executor.clone(), sockets.clone(), (protocol, upgrade)))
    };
    let health = runtime.health.routes(&runtime.telemetry);
    Router::new()
        .route("/graphql", graphql)
        .route("/graphql/ws", ws)
        .route("/graphql/sdl", get(move || async move { sdl }))
        .merge(health)
        .merge(subgraph.routes.clone())
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
}

fn announce(runtime: &Runtime, address: SocketAddr) -> Result<(), StartError> {
    let addresses = BTreeMap::from([("http".to_owned(), address)]);
    ready::announce(runtime.config.ready_file.as_deref(), &addresses).map_err(StartError::ReadyFile)
}
