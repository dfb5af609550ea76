//! A share of the rounds over real HTTP: each subgraph behind a path of one server, and the router itself, with its
//! supergraph from a file, in front of them.

use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, body::Bytes, extract::Path, http::StatusCode, response::IntoResponse, routing::post};
use router::{Config, Flags};
use serde_json::json;
use souk_process::{
    Env, Shutdown, ready,
    telemetry::{LogFormat, Telemetry, TelemetryConfig},
};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::{
    judge::{Bench, Question},
    round::{self, Case},
    subgraph::Subgraph,
    transport::answer,
    world::World,
};

const DEADLINE: Duration = Duration::from_secs(20);

/// How many operations were answered, and what was wrong with the answers.
pub fn play(seeds: std::ops::Range<u64>, operations: usize) -> (usize, Vec<String>) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (mut answered, mut faults) = (0, Vec::new());
    for seed in seeds {
        let round = round::play(seed, operations);
        let Some(case) = round.case else { continue };
        if !is_open(&case) {
            continue;
        }
        let bench = case.bench(case.compose().unwrap()).unwrap();
        let served = runtime.block_on(Served::start(&case, &bench));
        for question in &round.questions {
            answered += 1;
            if let Err(told) = runtime.block_on(served.ask(&bench, question)) {
                faults.push(format!("== seed {seed}\n{told}\n{}", question.text));
            }
        }
        served.shutdown.request();
    }
    (answered, faults)
}

/// Whether a router without labels and for nobody in particular may answer everything.
fn is_open(case: &Case) -> bool {
    let guards = [" @authenticated", " @requiresScopes", " @policy"];
    case.labels.is_empty() && !case.subgraphs.iter().any(|(_, sdl)| guards.iter().any(|guard| sdl.contains(guard)))
}

struct Served {
    world: Arc<World>,
    url: String,
    client: reqwest::Client,
    shutdown: Shutdown,
    _folder: TempDir,
}

impl Served {
    async fn start(case: &Case, bench: &Bench) -> Self {
        let subgraphs = case.subgraphs.iter().map(|(name, sdl)| Subgraph::read(name, sdl)).collect();
        let world = Arc::new(World::new(subgraphs, case.labels.clone(), case.data));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new().route("/{name}", post(subgraph)).with_state(Arc::clone(&world));
        let shutdown = Shutdown::new();
        let stop = shutdown.clone();
        tokio::spawn(async move {
            axum::serve(listener, routes).with_graceful_shutdown(async move { stop.requested().await }).await.unwrap();
        });
        let folder = TempDir::new().unwrap();
        let mut sdl = bench.supergraph.sdl.clone();
        for (name, _) in &case.subgraphs {
            sdl = sdl.replace(&format!("http://{name}/graphql"), &format!("http://{address}/{name}"));
        }
        let (file, ready_file) = (folder.path().join("supergraph.graphql"), folder.path().join("ready.json"));
        fs::write(&file, sdl).unwrap();
        let mut env = Env::from_pairs([
            ("SOUK_PROFILE", "dev".to_owned()),
            ("SOUK_READY_FILE", ready_file.display().to_string()),
            ("SOUK_LISTEN", "127.0.0.1:0".to_owned()),
            ("SOUK_ADMIN_LISTEN", "127.0.0.1:0".to_owned()),
        ]);
        let flags = Flags { supergraph: Some(file), ..Flags::default() };
        let config = Config::read_with(&mut env, &flags).unwrap();
        let telemetry = Telemetry::install(&TelemetryConfig { filter: "error".to_owned(), format: LogFormat::Text });
        let serving = tokio::spawn(router::run(config, telemetry, shutdown.clone()));
        let began = Instant::now();
        let addresses = loop {
            assert!(!serving.is_finished(), "the router ended at its start");
            assert!(began.elapsed() < DEADLINE, "the router does not listen");
            if let Some(addresses) = ready::read(&ready_file) {
                break addresses;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        };
        // Whoever comes first installs the provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().tls_certs_only([]).build().unwrap();
        Self { world, url: format!("http://{}/graphql", addresses["http"]), client, shutdown, _folder: folder }
    }

    async fn ask(&self, bench: &Bench, question: &Question) -> Result<(), String> {
        let (_, expected) = bench.expect(question).unwrap();
        self.world.reset();
        let body = json!({ "query": question.text, "variables": question.variables });
        let answer = self.client.post(&self.url).json(&body).send().await.map_err(|error| error.to_string())?;
        let answer = answer.bytes().await.map_err(|error| error.to_string())?;
        bench.compare(&expected, &answer).map_err(|mismatch| mismatch.told)
    }
}

async fn subgraph(
    axum::extract::State(world): axum::extract::State<Arc<World>>,
    Path(name): Path<String>,
    body: Bytes,
) -> impl IntoResponse {
    let answered = world
        .subgraphs
        .iter()
        .find(|one| one.name == name)
        .ok_or_else(|| format!("no subgraph {name}"))
        .and_then(|subgraph| answer(&world, subgraph, &body));
    match answered {
        Ok((answer, complaints)) if complaints.is_empty() => (StatusCode::OK, answer),
        Ok((_, complaints)) => (StatusCode::BAD_REQUEST, complaints.join("\n").into()),
        Err(complaint) => (StatusCode::BAD_REQUEST, complaint.into()),
    }
}
