//! The whole benchmark: a row for each way the router can be set.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use clap::Args;
use federation::compose::compose;

use crate::{
    load::{self, Outcome, Plan},
    on_one_thread,
    peers::{Peer, own},
    report::{Machine, Report, Row, Span},
    subgraphs,
    usage::Usage,
};

/// Before each row: caches fill, connections open.
const WARM_UP: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub struct Options {
    /// How long each row is measured
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    #[arg(long, default_value_t = 50)]
    connections: usize,
    /// Only rows whose name contains this
    #[arg(long, default_value = "")]
    row: String,
    /// This `souk` serves as the router, and not this program itself
    #[arg(long)]
    souk: Option<PathBuf>,
    /// Where the figures go as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error("a process did not come up")]
    NotReady,
    #[error("the router's answer is not the right one; it begins {0}")]
    WrongAnswer(String),
    #[error("{0}")]
    Other(String),
}

impl Fault {
    pub fn other(error: impl ToString) -> Self {
        Self::Other(error.to_string())
    }
}

/// How the router is set, and who asks.
struct Setting {
    name: &'static str,
    single_flight: &'static str,
    unique_callers: bool,
}

const SETTINGS: [Setting; 3] = [
    Setting { name: "single flight off, callers differ", single_flight: "off", unique_callers: true },
    Setting { name: "single flight on, callers differ", single_flight: "on", unique_callers: true },
    Setting { name: "single flight on, one caller", single_flight: "on", unique_callers: false },
];

/// `gateway-bench run`
///
/// # Errors
/// [`Fault`]: a figure of a router that answers wrongly is worth nothing.
pub fn run(options: &Options) -> Result<(), Fault> {
    let machine = Machine::here();
    let folder = tempfile::tempdir()?;
    let ready_file = folder.path().join("ready.json");
    let mut command = own("subgraphs")?;
    command.arg("--ready-file").arg(&ready_file);
    let subgraphs = Peer::start(command, &ready_file)?;
    let (supergraph, compose_ms) = write_supergraph(&subgraphs, folder.path())?;
    let right = subgraphs::right_answer().ok_or_else(|| Fault::other("the operation is not GraphQL"))?;
    let mut rows = Vec::new();
    for setting in SETTINGS.iter().filter(|setting| setting.name.contains(&options.row)) {
        let router = start_router(options, setting, &supergraph)?;
        rows.push(on_one_thread(measure(options, setting, (&router, &subgraphs), &right))??);
    }
    let report = Report { machine, answer_bytes: right.len(), compose_ms, connections: options.connections, rows };
    report.print()?;
    options.json.as_deref().map_or(Ok(()), |path| report.write(path))?;
    Ok(())
}

fn write_supergraph(subgraphs: &Peer, folder: &Path) -> Result<(PathBuf, f64), Fault> {
    let listed = subgraphs::listed(subgraphs.address);
    let started = Instant::now();
    let composed = compose(&listed).map_err(|errors| Fault::Other(format!("{errors:?}")))?;
    let compose_ms = started.elapsed().as_secs_f64() * 1e3;
    let path = folder.join("supergraph.graphql");
    std::fs::write(&path, composed.sdl)?;
    Ok((path, compose_ms))
}

fn start_router(options: &Options, setting: &Setting, supergraph: &Path) -> Result<Peer, Fault> {
    let ready_file = supergraph.with_file_name("router.json");
    let mut command = match &options.souk {
        None => own("router")?,
        Some(souk) => {
            let mut command = std::process::Command::new(souk);
            command.args(["serve", "router"]);
            command
        }
    };
    command.arg("--supergraph").arg(supergraph).envs([
        ("SOUK_LISTEN", "127.0.0.1:0"),
        ("SOUK_ADMIN_LISTEN", "127.0.0.1:0"),
        ("SOUK_LOG", "error"),
        ("SOUK_ROUTER_RATE", "1000000"),
        ("SOUK_ROUTER_SINGLE_FLIGHT", setting.single_flight),
    ]);
    command.env("SOUK_READY_FILE", &ready_file);
    Peer::start(command, &ready_file)
}

async fn measure(
    options: &Options,
    setting: &Setting,
    (router, subgraphs): (&Peer, &Peer),
    right: &[u8],
) -> Result<Row, Fault> {
    let plan = Plan {
        address: router.address,
        connections: options.connections,
        seconds: WARM_UP,
        unique_callers: setting.unique_callers,
        expected: Some(right.len()),
        ..Plan::default()
    };
    let answer = load::ask_once(&plan).await?;
    if answer != right {
        return Err(Fault::WrongAnswer(String::from_utf8_lossy(&answer).chars().take(300).collect()));
    }
    load::run(&plan).await?;
    let before = (Usage::of(router.pid())?, Usage::of(subgraphs.pid())?);
    let outcome = load::run(&Plan { seconds: Duration::from_secs(options.seconds), ..plan }).await?;
    let router = Span { before: before.0, after: Usage::of(router.pid())? };
    let subgraphs = Span { before: before.1, after: Usage::of(subgraphs.pid())? };
    Ok(Row::new(setting.name, &outcome, router, Some(subgraphs)))
}

/// `gateway-bench load`: for routers that are not ours.
///
/// # Errors
/// [`Fault`].
pub fn load_alone(plan: &Plan, pid: u32) -> Result<(), Fault> {
    let measured: Result<(Outcome, Span), Fault> = on_one_thread(async {
        load::run(&Plan { seconds: WARM_UP, ..plan.clone() }).await?;
        let before = Usage::of(pid)?;
        let outcome = load::run(plan).await?;
        Ok((outcome, Span { before, after: Usage::of(pid)? }))
    })?;
    let (outcome, router) = measured?;
    let report = Report {
        machine: Machine::here(),
        answer_bytes: plan.expected.unwrap_or_default(),
        compose_ms: 0.0,
        connections: plan.connections,
        rows: vec![Row::new("as it runs", &outcome, router, None)],
    };
    report.print().map_err(Fault::from)
}
