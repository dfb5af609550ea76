//! The process: everything is built, the listeners open, and at the end all of it stops in order.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, atomic::AtomicUsize},
};

use axum::Router;
use discovery_client::Discovery;
use souk_process::{Health, Shutdown, listen, ready, telemetry::Telemetry};
use tokio::net::TcpListener;

use crate::{
    auth::{Authenticator, TrustError},
    config::{Config, GraphSource, Identity, Profile},
    http::{Door, Rate, admin_routes, client_routes},
    pipeline::Engine,
    subgraphs::{Subgraphs, build_client},
    supergraph::{
        FollowConfig, Follower, LiveGraph,
        files::{self, FileFault},
    },
};

/// Why the router does not run.
#[derive(Debug, thiserror::Error)]
pub enum RouterError {
    #[error(transparent)]
    Listen(#[from] listen::ListenError),
    #[error(transparent)]
    Trust(#[from] TrustError),
    #[error(transparent)]
    Files(#[from] FileFault),
    #[error("the ready file cannot be written: {0}")]
    Ready(std::io::Error),
    #[error("the router stopped serving: {0}")]
    Serve(std::io::Error),
}

/// Serves until `shutdown`.
///
/// # Errors
/// [`RouterError`] when it cannot start, or cannot go on.
pub async fn run(config: Config, telemetry: Telemetry, shutdown: Shutdown) -> Result<(), RouterError> {
    let public = listen::bind("router", config.listen).await?;
    let admin = listen::bind("router (admin)", config.admin_listen).await?;
    let health = Health::new();
    let client = build_client(config.timeouts.connect);
    let live = Arc::new(LiveGraph::new(health.clone()));
    let discovery = start_graph(&config, &client, &live, &shutdown).await?;
    if config.identity == Identity::PassedOn {
        tracing::warn!(
            "no trust bundle: tokens are passed on unverified, and fields that ask for a caller are refused"
        );
    }
    let engine = Arc::new(Engine {
        live: Arc::clone(&live),
        authenticator: Authenticator::new(&config.identity)?,
        subgraphs: Arc::new(Subgraphs::new(discovery.clone(), &config)),
        limits: config.limits.clone(),
        request_timeout: config.timeouts.request,
        introspection: config.profile == Profile::Dev,
        shutdown: shutdown.clone(),
    });
    let door = Door {
        engine,
        rate: Arc::new(Rate::new(config.limits.rate_per_s)),
        forward: config.forward.clone().into(),
        discovery,
        client,
        sockets: Arc::new(AtomicUsize::new(0)),
    };
    announce(&config, &public, &admin)?;
    let serving = serve(public, client_routes(door, config.profile), &shutdown);
    let overseen = serve(admin, admin_routes(live, &health, &telemetry), &shutdown);
    let capped = async {
        shutdown.requested().await;
        tokio::time::sleep(config.timeouts.drain).await;
    };
    let served = tokio::select! {
        served = async { tokio::try_join!(serving, overseen) } => served.map(|_| ()).map_err(RouterError::Serve),
        () = capped => Ok(()),
    };
    if !shutdown.drain(config.timeouts.drain).await {
        tracing::warn!("some requests did not end within the drain time");
    }
    served
}

/// Starts what brings the supergraph.
async fn start_graph(
    config: &Config,
    client: &reqwest::Client,
    live: &Arc<LiveGraph>,
    shutdown: &Shutdown,
) -> Result<Option<Discovery>, RouterError> {
    let cached = config.cached_operations;
    match &config.source {
        GraphSource::Discovery(discovery) => {
            let discovery = Discovery::start(discovery.clone(), shutdown);
            let follow =
                FollowConfig { grace: config.grace, state_dir: config.state_dir.clone(), cached_operations: cached };
            let follower = Follower::new(follow, discovery.clone(), client.clone(), Arc::clone(live));
            shutdown.spawn(follower.run(shutdown.clone()));
            Ok(Some(discovery))
        }
        GraphSource::File(file) => {
            let watched = (file.clone(), files::stamps(file));
            files::publish(files::load(file, client).await?, live, cached)?;
            let watch = files::watch(watched, client.clone(), Arc::clone(live), cached, shutdown.clone());
            shutdown.spawn(watch);
            Ok(None)
        }
    }
}

fn announce(config: &Config, public: &TcpListener, admin: &TcpListener) -> Result<(), RouterError> {
    let http = public.local_addr().map_err(RouterError::Ready)?;
    let admin = admin.local_addr().map_err(RouterError::Ready)?;
    tracing::info!(%http, %admin, "router listens on {http}, for operators on {admin}");
    let addresses = BTreeMap::from([("http".to_owned(), http), ("admin".to_owned(), admin)]);
    ready::announce(config.ready_file.as_deref(), &addresses).map_err(RouterError::Ready)
}

async fn serve(listener: TcpListener, routes: Router, shutdown: &Shutdown) -> std::io::Result<()> {
    let service = routes.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(shutdown.signal()).await
}
