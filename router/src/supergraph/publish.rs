//! What others are told of the schemas that are served: routes for requests, a file for the next run, a report
//! for operators.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use apollo_compiler::Schema;
use url::Url;

use super::{
    book::{Book, Sdls, Seen, Sight, Standing},
    compatible::is_superset,
    graph::{Core, Discovered, Route},
    live::{InstanceReport, SubgraphReport},
    persist::{KeptSubgraph, LastGood},
};

/// Subgraph -> the hash that is composed, and the others that are UP.
pub(super) type Hashes = BTreeMap<Arc<str>, ServedHashes>;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct ServedHashes {
    composed: Arc<str>,
    others: Vec<Arc<str>>,
}

/// What the routes depend on.
pub(super) fn hashes(book: &Book) -> Hashes {
    let entry = |(name, _, composed): (&str, &str, &Arc<str>)| {
        (name.into(), ServedHashes { composed: Arc::clone(composed), others: book.other_hashes(name) })
    };
    book.served().map(entry).collect()
}

/// The way to each subgraph.
pub(super) fn routes(book: &Book, sdls: &Sdls, last_known: &HashMap<String, Vec<Url>>) -> BTreeMap<Arc<str>, Route> {
    let route = |(name, app, composed): (&str, &str, &Arc<str>)| {
        // A schema that breaks the composed one waits; its instances are asked for nothing yet.
        let grew_from = |schema: &Schema| sdls.get(composed).is_some_and(|sdl| is_superset(&sdl.schema, schema));
        let older = book.other_hashes(name).into_iter().filter_map(|hash| {
            let schema = &sdls.get(&hash)?.schema;
            grew_from(schema).then(|| (hash, Arc::clone(schema)))
        });
        let route = Discovered {
            app: app.to_owned(),
            composed: Arc::clone(composed),
            older: older.collect(),
            last_known: last_known.get(name).cloned().unwrap_or_default(),
        };
        (name.into(), Route::Discovered(route))
    };
    book.served().map(route).collect()
}

/// What the next run may start from.
pub(super) fn last_good(core: &Core, book: &Book, sdls: &Sdls, sight: &Sight) -> LastGood {
    let kept = |(name, app, hash): (&str, &str, &Arc<str>)| {
        let has_it = |seen: &&Seen| seen.subgraph == name && seen.hash == *hash && seen.standing == Standing::Up;
        Some(KeptSubgraph {
            name: name.to_owned(),
            app: app.to_owned(),
            hash: hash.to_string(),
            sdl: sdls.get(hash)?.text.to_string(),
            instances: sight.instances.iter().filter(has_it).map(|seen| seen.base_url.to_string()).collect(),
        })
    };
    LastGood {
        composed_at: core.composed_at,
        supergraph: core.supergraph.sdl.clone(),
        subgraphs: book.served().filter_map(kept).collect(),
    }
}

/// What operators see of each subgraph that is served.
pub(super) fn subgraph_reports(book: &Book, sight: &Sight) -> Vec<SubgraphReport> {
    let report = |(name, _, hash): (&str, &str, &Arc<str>)| SubgraphReport {
        name: name.to_owned(),
        hash: hash.to_string(),
        instances: sight.instances.iter().filter(|seen| seen.subgraph == name).map(instance_report).collect(),
    };
    book.served().map(report).collect()
}

fn instance_report(seen: &Seen) -> InstanceReport {
    let status = match seen.standing {
        Standing::Up => "UP",
        Standing::Leaving => "LEAVING",
        Standing::Other => "STARTING",
    };
    InstanceReport { id: seen.id.clone(), status: status.to_owned(), hash: seen.hash.to_string() }
}
