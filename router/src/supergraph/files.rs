//! The supergraph from files: `--supergraph` (any join-spec SDL) and `--subgraphs` (a list, composed here).
//! Both are read again when they change; what does not compose is refused and the last good one stays.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use federation::{CompositionError, Subgraph, Supergraph, compose::compose};
use serde::Deserialize;
use souk_process::{Shutdown, clock};
use url::Url;

use super::{
    graph::{Core, Graph, Route},
    live::{LiveGraph, Refusal, RefusalError, SubgraphReport},
};
use crate::config::GraphFile;

/// How often the files are looked at.
const POLL: Duration = Duration::from_millis(500);
const INTROSPECTION_TIMEOUT: Duration = Duration::from_secs(10);

/// Why files give no supergraph.
#[derive(Debug, thiserror::Error)]
pub enum FileFault {
    #[error("{path} cannot be read: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path} is not a list of subgraphs: {source}")]
    List { path: PathBuf, source: serde_yaml_ng::Error },
    #[error("subgraph {name} needs one of sdl, schema_file and introspect: true")]
    NoSchema { name: String },
    #[error("subgraph {name} has no valid url: {reason}")]
    Address { name: String, reason: String },
    #[error("the SDL of subgraph {name} cannot be fetched from {url}: {reason}")]
    Introspection { name: String, url: String, reason: String },
    #[error("the subgraphs do not compose: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Composition(Vec<CompositionError>),
    #[error("{path} is not a supergraph: {reason}")]
    Supergraph { path: PathBuf, reason: String },
}

/// The file of `--subgraphs`, YAML or JSON.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubgraphList {
    pub subgraphs: Vec<ListedSubgraph>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedSubgraph {
    pub name: String,
    #[serde(default)]
    pub url: Option<String>,
    #[serde(default)]
    pub sdl: Option<String>,
    /// Relative to the list.
    #[serde(default)]
    pub schema_file: Option<PathBuf>,
    /// Ask the subgraph itself for its SDL.
    #[serde(default)]
    pub introspect: bool,
}

/// Reads a list and every SDL that it points to.
///
/// # Errors
/// [`FileFault`].
pub async fn read_subgraphs(path: &Path, client: &reqwest::Client) -> Result<Vec<Subgraph>, FileFault> {
    let text = read(path)?;
    let list: SubgraphList =
        serde_yaml_ng::from_str(&text).map_err(|source| FileFault::List { path: path.to_owned(), source })?;
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let mut subgraphs = Vec::with_capacity(list.subgraphs.len());
    for listed in list.subgraphs {
        let sdl = match (&listed.sdl, &listed.schema_file, listed.introspect) {
            (Some(sdl), None, false) => sdl.clone(),
            (None, Some(file), false) => read(&folder.join(file))?,
            (None, None, true) => introspect(&listed, client).await?,
            _ => return Err(FileFault::NoSchema { name: listed.name }),
        };
        subgraphs.push(Subgraph { name: listed.name, url: listed.url, sdl });
    }
    Ok(subgraphs)
}

fn read(path: &Path) -> Result<String, FileFault> {
    std::fs::read_to_string(path).map_err(|source| FileFault::Read { path: path.to_owned(), source })
}

async fn introspect(listed: &ListedSubgraph, client: &reqwest::Client) -> Result<String, FileFault> {
    #[derive(Deserialize)]
    struct Answer {
        data: Option<Data>,
    }
    #[derive(Deserialize)]
    struct Data {
        #[serde(rename = "_service")]
        service: Service,
    }
    #[derive(Deserialize)]
    struct Service {
        sdl: String,
    }
    let url = listed.url.clone().unwrap_or_default();
    let fault = |reason: String| FileFault::Introspection { name: listed.name.clone(), url: url.clone(), reason };
    let body = serde_json::json!({ "query": "{ _service { sdl } }" });
    let answer = client.post(&url).json(&body).timeout(INTROSPECTION_TIMEOUT).send().await;
    let answer: Answer = match answer {
        Ok(answer) => answer.json().await.map_err(|error| fault(error.without_url().to_string()))?,
        Err(error) => return Err(fault(error.without_url().to_string())),
    };
    answer.data.map(|data| data.service.sdl).ok_or_else(|| fault("it has no _service".to_owned()))
}

/// Loads once; the caller decides what a failure means.
///
/// # Errors
/// [`FileFault`].
pub(crate) async fn load(file: &GraphFile, client: &reqwest::Client) -> Result<Core, FileFault> {
    let (path, supergraph) = match file {
        GraphFile::Supergraph(path) => (path, parse_supergraph(path)?),
        GraphFile::Subgraphs(path) => {
            let subgraphs = read_subgraphs(path, client).await?;
            (path, compose(&subgraphs).map_err(FileFault::Composition)?)
        }
    };
    Core::new(supergraph, clock::now())
        .map_err(|error| FileFault::Supergraph { path: path.clone(), reason: error.to_string() })
}

fn parse_supergraph(path: &Path) -> Result<Supergraph, FileFault> {
    let text = read(path)?;
    Supergraph::parse(&text).map_err(|error| FileFault::Supergraph { path: path.to_owned(), reason: error.to_string() })
}

/// Serves a loaded supergraph.
///
/// # Errors
/// When a subgraph has no address.
pub(crate) fn publish(core: Core, live: &LiveGraph, cached_operations: usize) -> Result<(), FileFault> {
    let mut routes = BTreeMap::new();
    for entry in &core.supergraph.subgraphs {
        let text = entry.url.as_deref().unwrap_or_default();
        let http = Url::parse(text)
            .map_err(|error| FileFault::Address { name: entry.name.to_string(), reason: error.to_string() })?;
        routes.insert(Arc::clone(&entry.name), Route::Fixed { http });
    }
    let report =
        |name: &Arc<str>| SubgraphReport { name: name.to_string(), hash: String::new(), instances: Vec::new() };
    let reports = routes.keys().map(report).collect();
    live.swap(Graph::new(live.next_version(), Arc::new(core), routes, cached_operations));
    let mut told = live.report();
    told.subgraphs = reports;
    told.refusals.clear();
    Ok(())
}

/// Loads again whenever a file changes. `known` is from before the file was loaded: what changed while it was, changed
/// since.
pub(crate) async fn watch(
    (file, mut known): (GraphFile, Stamps),
    client: reqwest::Client,
    live: Arc<LiveGraph>,
    cached_operations: usize,
    shutdown: Shutdown,
) {
    while shutdown.pause(POLL).await {
        let now = stamps(&file);
        if now == known {
            continue;
        }
        known = now;
        let loaded = load(&file, &client).await.and_then(|core| publish(core, &live, cached_operations));
        if let Err(fault) = loaded {
            tracing::warn!("{fault}; the last good supergraph stays");
            metrics::counter!("router_supergraph_refusals_total", "subgraph" => "files").increment(1);
            live.report().refusals = vec![refusal(&fault)];
        }
    }
}

fn refusal(fault: &FileFault) -> Refusal {
    let errors = match fault {
        FileFault::Composition(errors) => errors.iter().map(RefusalError::from).collect(),
        other => vec![RefusalError::ours("FILE", other.to_string())],
    };
    Refusal { subgraph: String::new(), hash: String::new(), since: clock::now(), errors }
}

/// Times of change.
pub(crate) type Stamps = Vec<Option<SystemTime>>;

/// Of the list and of the schema files in it.
pub(crate) fn stamps(file: &GraphFile) -> Stamps {
    let stamp = |path: &Path| std::fs::metadata(path).and_then(|data| data.modified()).ok();
    match file {
        GraphFile::Supergraph(path) => vec![stamp(path)],
        GraphFile::Subgraphs(path) => {
            let list: Option<SubgraphList> = read(path).ok().and_then(|text| serde_yaml_ng::from_str(&text).ok());
            let folder = path.parent().unwrap_or_else(|| Path::new("."));
            let schemas = list.into_iter().flat_map(|list| list.subgraphs).filter_map(|listed| listed.schema_file);
            std::iter::once(stamp(path)).chain(schemas.map(|schema| stamp(&folder.join(schema)))).collect()
        }
    }
}
