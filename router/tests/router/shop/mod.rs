//! Two small subgraphs, `users` and `reviews`, and a router in front of them.

pub mod client;
pub mod registry;
pub mod reviews;
pub mod tokens;
pub mod users;

use std::{
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, extract::Request, middleware, response::IntoResponse as _};
use router::{Config, Flags};
use souk_process::{
    Env, Shutdown, ready,
    telemetry::{LogFormat, Telemetry, TelemetryConfig},
};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// How long anything in a test may take.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// A subgraph that serves on a free port.
pub struct Served {
    pub address: SocketAddr,
    /// HTTP requests that came.
    pub requests: Arc<AtomicUsize>,
    serving: tokio::task::JoinHandle<()>,
}

impl Served {
    pub async fn start(routes: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&requests);
        let routes = routes.layer(middleware::from_fn(move |request: Request, next: middleware::Next| {
            counted.fetch_add(1, Ordering::SeqCst);
            async move { next.run(request).await.into_response() }
        }));
        let serving = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { address, requests, serving }
    }

    /// Stops listening, as a crash does.
    pub async fn kill(&mut self) {
        self.serving.abort();
        let ended = (&mut self.serving).await;
        assert!(ended.unwrap_err().is_cancelled());
    }

    pub fn asked(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// A running router; it stops when dropped.
pub struct RunningRouter {
    pub http: SocketAddr,
    pub admin: SocketAddr,
    pub shutdown: Shutdown,
}

impl Drop for RunningRouter {
    fn drop(&mut self) {
        self.shutdown.request();
    }
}

impl RunningRouter {
    pub async fn start(variables: &[(&str, String)], flags: Flags, folder: &Path) -> Self {
        let ready_file = folder.join("router-ready.json");
        let mut env = Env::from_pairs(
            [
                ("SOUK_PROFILE", "dev".to_owned()),
                ("SOUK_READY_FILE", ready_file.display().to_string()),
                ("SOUK_LISTEN", "127.0.0.1:0".to_owned()),
                ("SOUK_ADMIN_LISTEN", "127.0.0.1:0".to_owned()),
            ]
            .into_iter()
            .chain(variables.iter().map(|(name, value)| (*name, value.clone()))),
        );
        let config = Config::read_with(&mut env, &flags).unwrap();
        let telemetry =
            Telemetry::install(&TelemetryConfig { filter: "warn,router=info".to_owned(), format: LogFormat::Text });
        let shutdown = Shutdown::new();
        let serving = tokio::spawn(router::run(config, telemetry, shutdown.clone()));
        let addresses = until("the router listens", || async {
            assert!(!serving.is_finished(), "the router ended at its start");
            ready::read(&ready_file)
        })
        .await;
        std::fs::remove_file(&ready_file).unwrap();
        Self { http: addresses["http"], admin: addresses["admin"], shutdown }
    }
}

/// Both subgraphs and a router over them, without a registry.
pub struct Shop {
    pub users: Served,
    pub reviews: Served,
    /// Subscriptions that are open at `reviews`.
    pub open: reviews::Open,
    pub router: RunningRouter,
    pub tokens: tokens::Tokens,
    pub folder: TempDir,
}

impl Shop {
    pub async fn open() -> Self {
        Self::open_with(&[]).await
    }

    /// With variables; `-` takes one away.
    pub async fn open_with(variables: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        let users = Served::start(users::routes()).await;
        let open = reviews::Open::default();
        let reviews = Served::start(reviews::routes(&open)).await;
        let tokens = tokens::Tokens::new(folder.path());
        let list = subgraph_list(&[("users", users.address, users::SDL), ("reviews", reviews.address, reviews::SDL)]);
        let file = folder.path().join("subgraphs.json");
        std::fs::write(&file, list).unwrap();
        let bundle = [("SOUK_TRUST_BUNDLE", tokens.bundle.display().to_string())];
        let mut all: std::collections::HashMap<&str, String> = bundle.into();
        all.extend(variables.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let all: Vec<_> = all.into_iter().filter(|(_, value)| value != "-").collect();
        let flags = Flags { subgraphs: Some(file), ..Flags::default() };
        let router = RunningRouter::start(&all, flags, folder.path()).await;
        Self { users, reviews, open, router, tokens, folder }
    }
}

/// The file of `--subgraphs`, as JSON, which is YAML too.
pub fn subgraph_list(subgraphs: &[(&str, SocketAddr, &str)]) -> String {
    let entry = |(name, address, sdl): &(&str, SocketAddr, &str)| {
        // Subscriptions go to the same path.
        serde_json::json!({ "name": name, "url": format!("http://{address}/graphql"), "sdl": sdl })
    };
    serde_json::json!({ "subgraphs": subgraphs.iter().map(entry).collect::<Vec<_>>() }).to_string()
}

/// Waits until `probe` gives something.
pub async fn until<T, F>(what: &str, mut probe: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let deadline = tokio::time::Instant::now() + DEADLINE;
    loop {
        if let Some(found) = probe().await {
            return found;
        }
        assert!(tokio::time::Instant::now() < deadline, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
