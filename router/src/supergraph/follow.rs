//! Follows the registry: fetches the SDL of each new hash, proposes, composes, swaps. One task owns all of it.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use discovery_client::{Discovery, Instance, RegistryView, Status};
use federation::Supergraph;
use futures_util::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use souk_process::{Shutdown, clock};
use url::Url;

use super::{
    book::{Book, Proposal, Sdl, Sdls, Seen, Sight, Standing},
    gate::{self, Served, Trial, Verdict},
    graph::{Core, Graph},
    live::{LiveGraph, Refusal, RefusalError},
    persist,
    publish::{Hashes, hashes, last_good, routes, subgraph_reports},
    sdl::{self, SdlFault},
};

/// Pause before an SDL that could not be fetched is asked for again.
const SDL_RETRY: Duration = Duration::from_secs(1);

/// A candidate is held against this many recent operations.
const WARM_UP: usize = 100;

/// What the follower is told at start.
pub(crate) struct FollowConfig {
    pub(crate) grace: Duration,
    pub(crate) state_dir: Option<PathBuf>,
    pub(crate) cached_operations: usize,
}

type SdlFetch = BoxFuture<'static, (Seen, Result<Sdl, SdlFault>)>;

pub(crate) struct Follower {
    config: FollowConfig,
    discovery: Discovery,
    client: reqwest::Client,
    live: Arc<LiveGraph>,
    book: Book,
    sdls: Sdls,
    sight: Sight,
    core: Option<Arc<Core>>,
    fetching: FuturesUnordered<SdlFetch>,
    in_flight: HashSet<Arc<str>>,
    /// Hashes whose SDL could not be had, and when to try again.
    unfetched: HashMap<Arc<str>, (Instant, Refusal)>,
    refused: Vec<(Proposal, Refusal)>,
    /// Instance id -> why it is passed over: another application owns the subgraph's name.
    strangers: HashMap<String, Refusal>,
    /// What was tried last, so that the same is not composed over and over.
    last_tried: Option<(Served, Vec<Proposal>)>,
    last_known: HashMap<String, Vec<Url>>,
    /// What the routes of the graph in service were made from.
    published: Hashes,
}

impl Follower {
    pub(crate) fn new(
        config: FollowConfig,
        discovery: Discovery,
        client: reqwest::Client,
        live: Arc<LiveGraph>,
    ) -> Self {
        let mut follower = Self {
            book: Book::new(config.grace),
            config,
            discovery,
            client,
            live,
            sdls: Sdls::new(),
            sight: Sight::default(),
            core: None,
            fetching: FuturesUnordered::new(),
            in_flight: HashSet::new(),
            unfetched: HashMap::new(),
            refused: Vec::new(),
            strangers: HashMap::new(),
            last_tried: None,
            last_known: HashMap::new(),
            published: Hashes::new(),
        };
        follower.restore();
        follower
    }

    pub(crate) async fn run(mut self, shutdown: Shutdown) {
        let mut views = self.discovery.watch();
        loop {
            let view = Arc::clone(&views.borrow_and_update());
            self.look(&view);
            self.reconcile().await;
            let wake = self.next_wake();
            tokio::select! {
                changed = views.changed() => if changed.is_err() { return },
                Some((seen, result)) = self.fetching.next() => self.fetched(seen, result),
                () = tokio::time::sleep_until(wake.into()) => {}
                () = shutdown.requested() => return,
            }
        }
    }

    /// Starts from what the last run kept.
    fn restore(&mut self) {
        let Some(last_good) = self.config.state_dir.as_deref().and_then(persist::load) else { return };
        let core = Supergraph::parse(&last_good.supergraph)
            .map_err(|error| error.to_string())
            .and_then(|supergraph| Core::new(supergraph, last_good.composed_at).map_err(|error| error.to_string()));
        match core {
            Ok(core) => self.core = Some(Arc::new(core)),
            Err(error) => return tracing::warn!("the last good supergraph cannot be used: {error}"),
        }
        for kept in last_good.subgraphs {
            let hash: Arc<str> = kept.hash.into();
            self.book.restore(&kept.name, &kept.app, Arc::clone(&hash));
            self.sdls.insert(hash, Sdl::new(&kept.sdl));
            let addresses = kept.instances.iter().filter_map(|text| Url::parse(text).ok()).collect();
            self.last_known.insert(kept.name, addresses);
        }
        self.publish();
    }

    fn look(&mut self, view: &RegistryView) {
        let is_current = view.loaded && view.stale_since.is_none();
        self.live.report().stale_since = view.stale_since;
        self.sight = Sight {
            is_current,
            instances: view.apps().flat_map(|app| &app.all).filter_map(|i| seen(i)).collect(),
            departed: view.departed().cloned().collect(),
        };
        if is_current {
            self.last_known.clear();
        }
        self.book.observe(&self.sight, Instant::now());
        let present: HashSet<Arc<str>> = self.sight.instances.iter().map(|seen| Arc::clone(&seen.hash)).collect();
        let served: HashSet<Arc<str>> = self.book.served().map(|(_, _, hash)| Arc::clone(hash)).collect();
        self.sdls.retain(|hash, _| present.contains(hash) || served.contains(hash));
        self.unfetched.retain(|hash, _| present.contains(hash));
        self.refused.retain(|(proposal, _)| proposal.hash.as_ref().is_none_or(|hash| present.contains(hash)));
        self.pass_over_strangers();
        self.fetch_missing();
    }

    fn pass_over_strangers(&mut self) {
        let before = std::mem::take(&mut self.strangers);
        for seen in self.book.strangers(&self.sight) {
            let refusal = before.get(&seen.id).cloned().unwrap_or_else(|| {
                let message = format!("the name {} belongs to another application than {}", seen.subgraph, seen.app);
                let error = RefusalError::ours("SUBGRAPH_NAME_TAKEN", message);
                let refusal = Refusal::new(&seen.subgraph, &seen.hash, vec![error]);
                refusal.tell();
                refusal
            });
            self.strangers.insert(seen.id.clone(), refusal);
        }
    }

    fn fetch_missing(&mut self) {
        let now = Instant::now();
        for seen in self.sight.instances.iter().filter(|seen| seen.standing == Standing::Up) {
            let waits = self.unfetched.get(&seen.hash).is_some_and(|(retry_at, _)| *retry_at > now);
            if waits || self.sdls.contains_key(&seen.hash) || !self.in_flight.insert(Arc::clone(&seen.hash)) {
                continue;
            }
            let (client, seen) = (self.client.clone(), seen.clone());
            self.fetching.push(Box::pin(async move {
                let result = sdl::fetch(client, seen.sdl_url.clone(), Arc::clone(&seen.hash)).await;
                (seen, result)
            }));
        }
    }

    fn fetched(&mut self, seen: Seen, result: Result<Sdl, SdlFault>) {
        self.in_flight.remove(&seen.hash);
        match result {
            Ok(sdl) => {
                self.unfetched.remove(&seen.hash);
                self.sdls.insert(seen.hash, sdl);
            }
            Err(fault) => {
                let errors = vec![RefusalError::from(&fault)];
                let retry_at = Instant::now() + SDL_RETRY;
                let first = !self.unfetched.contains_key(&seen.hash);
                let refusal = Refusal::new(&seen.subgraph, &seen.hash, errors);
                if first {
                    refusal.tell();
                }
                self.unfetched.entry(seen.hash).or_insert((retry_at, refusal)).0 = retry_at;
                self.tell();
            }
        }
    }

    async fn reconcile(&mut self) {
        let proposals = self.book.proposals(&self.sdls, Instant::now());
        let served: Served = self.book.served().map(|(name, _, hash)| (name.to_owned(), Arc::clone(hash))).collect();
        let attempt = (served, proposals);
        if attempt.1.is_empty() {
            self.refused.clear();
            self.last_tried = None;
        } else if self.last_tried.as_ref() != Some(&attempt) {
            self.last_tried = Some(attempt.clone());
            let (served, proposals) = attempt;
            let recent = self.live.current().map_or_else(Vec::new, |graph| graph.recent_operations(WARM_UP));
            let trial = Trial { sdls: self.sdls.clone(), recent, now: clock::now() };
            let decision = tokio::task::spawn_blocking(move || gate::decide(&served, proposals, &trial)).await;
            match decision {
                Ok(verdict) => self.apply(verdict),
                Err(error) => tracing::error!(%error, "composition ended abnormally; the last supergraph stays"),
            }
        }
        if self.published != hashes(&self.book) {
            self.publish();
        }
        self.tell();
    }

    fn apply(&mut self, verdict: Verdict) {
        let before = std::mem::take(&mut self.refused);
        for (proposal, errors) in verdict.refused {
            let hash = proposal.hash.as_deref().unwrap_or("(leaving)");
            let known = before.iter().find(|(known, refusal)| *known == proposal && refusal.errors == errors);
            let refusal = match known {
                Some((_, refusal)) => refusal.clone(),
                None => Refusal::new(&proposal.subgraph, hash, errors),
            };
            if known.is_none() {
                refusal.tell();
            }
            self.refused.push((proposal, refusal));
        }
        if verdict.accepted.is_empty() {
            return;
        }
        self.book.accept(&verdict.accepted);
        self.core = verdict.core.map(Arc::new);
        self.publish();
        self.keep();
    }

    /// Puts the supergraph of the moment into service.
    fn publish(&mut self) {
        self.published = hashes(&self.book);
        let Some(core) = self.core.clone() else { return self.live.clear() };
        let routes = routes(&self.book, &self.sdls, &self.last_known);
        self.live.swap(Graph::new(self.live.next_version(), core, routes, self.config.cached_operations));
    }

    fn keep(&self) {
        let (Some(state_dir), Some(core)) = (&self.config.state_dir, &self.core) else { return };
        if let Err(error) = persist::save(state_dir, &last_good(core, &self.book, &self.sdls, &self.sight)) {
            tracing::warn!(%error, "the last good supergraph cannot be kept in {}", state_dir.display());
        }
    }

    /// Brings the admin report up to date.
    fn tell(&self) {
        let refused = self.refused.iter().map(|(_, refusal)| refusal);
        let unfetched = self.unfetched.values().map(|(_, refusal)| refusal);
        let refusals: Vec<Refusal> = refused.chain(unfetched).chain(self.strangers.values()).cloned().collect();
        metrics::gauge!("router_supergraph_refused").set(refusals.len() as f64);
        let mut report = self.live.report();
        report.subgraphs = subgraph_reports(&self.book, &self.sight);
        report.refusals = refusals;
    }

    fn next_wake(&self) -> Instant {
        let now = Instant::now();
        let far = now + Duration::from_secs(3600);
        let retry = self.unfetched.values().map(|(retry_at, _)| *retry_at).min();
        [self.book.next_deadline(now), retry].into_iter().flatten().min().unwrap_or(far)
    }
}

/// None for what is not a subgraph.
fn seen(instance: &Instance) -> Option<Seen> {
    let standing = match instance.status {
        Status::Up => Standing::Up,
        Status::Down | Status::OutOfService => Standing::Leaving,
        Status::Starting | Status::Unknown => Standing::Other,
    };
    Some(Seen {
        subgraph: instance.meta("graphql.subgraph")?.to_owned(),
        app: instance.app.clone(),
        id: instance.id.clone(),
        hash: instance.meta("graphql.sdl.sha256")?.into(),
        sdl_url: instance.url(instance.meta("graphql.sdl.path").unwrap_or("/graphql/sdl")),
        base_url: instance.base_url.clone(),
        standing,
    })
}
