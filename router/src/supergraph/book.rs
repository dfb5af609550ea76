//! Which schema of each subgraph ought to be served, from what the registry shows. Pure: time is an argument.
//!
//! A schema that is served stays while an instance that has it is UP, and for a grace period after the last one
//! vanished without saying goodbye: a crash or an outage of the registry never drops a type at once. A newer
//! schema that can do all that the served one can is wanted as soon as one instance has it; one that cannot
//! waits until no instance of the served one is left.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use apollo_compiler::Schema;
use url::Url;

use super::compatible::is_superset;

/// An instance of a subgraph as the registry shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) subgraph: String,
    pub(crate) app: String,
    pub(crate) id: String,
    pub(crate) hash: Arc<str>,
    /// Where its SDL is told.
    pub(crate) sdl_url: Url,
    pub(crate) base_url: Url,
    pub(crate) standing: Standing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Up,
    /// It said that it leaves, or an operator did.
    Leaving,
    /// Starting, or in a state nobody knows.
    Other,
}

/// The registry at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sight {
    /// False while no registry has answered, or none answers now: then nothing vanishes.
    pub(crate) is_current: bool,
    pub(crate) instances: Vec<Seen>,
    /// Application and id of instances that left after saying goodbye.
    pub(crate) departed: HashSet<(String, String)>,
}

/// A subgraph's SDL, fetched and checked against its hash.
#[derive(Debug, Clone)]
pub(crate) struct Sdl {
    pub(crate) text: Arc<str>,
    pub(crate) schema: Arc<Schema>,
}

impl Sdl {
    pub(crate) fn new(text: &str) -> Self {
        let schema = Schema::parse(text, "subgraph.graphql").unwrap_or_else(|failure| failure.partial);
        Self { text: text.into(), schema: Arc::new(schema) }
    }
}

pub(crate) type Sdls = HashMap<Arc<str>, Sdl>;

#[derive(Debug, Default)]
struct Tracked {
    app: String,
    served: Option<Arc<str>>,
    /// Instances that are UP: id -> hash.
    up: BTreeMap<String, Arc<str>>,
    /// The last instance of the served schema vanished; it is believed in until then.
    held_until: Option<Instant>,
    /// Hashes in the order of their first sight.
    order: Vec<Arc<str>>,
    /// Known from the last run and not looked for in this one yet.
    is_restored: bool,
}

/// A wish: serve `hash` for `subgraph`, or drop the subgraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proposal {
    pub(crate) subgraph: String,
    pub(crate) hash: Option<Arc<str>>,
}

#[derive(Debug)]
pub(crate) struct Book {
    grace: Duration,
    subgraphs: BTreeMap<String, Tracked>,
    is_current: bool,
}

impl Book {
    pub(crate) fn new(grace: Duration) -> Self {
        Self { grace, subgraphs: BTreeMap::new(), is_current: false }
    }

    /// What was served by the last run; its instances count as vanished until they are seen.
    pub(crate) fn restore(&mut self, subgraph: &str, app: &str, hash: Arc<str>) {
        let order = vec![Arc::clone(&hash)];
        let app = app.to_owned();
        let tracked = Tracked { app, served: Some(hash), order, is_restored: true, ..Tracked::default() };
        self.subgraphs.insert(subgraph.to_owned(), tracked);
    }

    pub(crate) fn observe(&mut self, sight: &Sight, now: Instant) {
        self.is_current = sight.is_current;
        if !sight.is_current {
            return;
        }
        self.settle_owners(sight);
        let mut up: BTreeMap<&str, BTreeMap<String, Arc<str>>> = BTreeMap::new();
        for seen in sight.instances.iter().filter(|seen| seen.standing == Standing::Up) {
            let Some(tracked) = self.subgraphs.get_mut(&seen.subgraph).filter(|tracked| tracked.app == seen.app) else {
                continue;
            };
            up.entry(&seen.subgraph).or_default().insert(seen.id.clone(), Arc::clone(&seen.hash));
            if !tracked.order.contains(&seen.hash) {
                tracked.order.push(Arc::clone(&seen.hash));
            }
        }
        for (name, tracked) in &mut self.subgraphs {
            let now_up = up.remove(name.as_str()).unwrap_or_default();
            tracked.replace_up(now_up, sight, now + self.grace);
        }
        self.subgraphs.retain(|_, tracked| tracked.served.is_some() || !tracked.up.is_empty());
    }

    /// One application owns a subgraph's name, since the registry only guards names of applications: the one of
    /// the same name, else whoever has it, else the first by alphabet.
    fn settle_owners(&mut self, sight: &Sight) {
        let mut claims: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for seen in sight.instances.iter().filter(|seen| seen.standing == Standing::Up) {
            claims.entry(&seen.subgraph).or_default().insert(&seen.app);
        }
        for (subgraph, apps) in claims {
            let tracked = self.subgraphs.entry(subgraph.to_owned()).or_default();
            let namesake = apps.iter().find(|app| app.eq_ignore_ascii_case(subgraph));
            let keeps = tracked.served.is_some() || apps.contains(tracked.app.as_str());
            let owner = namesake.or_else(|| apps.first().filter(|_| !keeps));
            if let Some(owner) = owner {
                (*owner).clone_into(&mut tracked.app);
            }
        }
    }

    /// Instances that claim the name of another application's subgraph.
    pub(crate) fn strangers<'a>(&self, sight: &'a Sight) -> impl Iterator<Item = &'a Seen> {
        sight.instances.iter().filter(|seen| {
            let owner = self.subgraphs.get(&seen.subgraph).map(|tracked| &tracked.app);
            seen.standing == Standing::Up && owner.is_some_and(|owner| *owner != seen.app)
        })
    }

    /// When something changes without the registry saying so.
    pub(crate) fn next_deadline(&self, now: Instant) -> Option<Instant> {
        self.subgraphs.values().filter_map(|tracked| tracked.held_until).filter(|until| *until > now).min()
    }

    /// What ought to change. Hashes whose SDL is not known yet are left for later.
    pub(crate) fn proposals(&self, sdls: &Sdls, now: Instant) -> Vec<Proposal> {
        if !self.is_current {
            return Vec::new();
        }
        let propose = |(name, tracked): (&String, &Tracked)| {
            let hash = match tracked.wish(sdls, now) {
                Wish::Stay => return None,
                Wish::Serve(hash) => Some(hash),
                Wish::Drop => None,
            };
            Some(Proposal { subgraph: name.clone(), hash })
        };
        self.subgraphs.iter().filter_map(propose).collect()
    }

    /// The schemas that are served: subgraph, application, hash.
    pub(crate) fn served(&self) -> impl Iterator<Item = (&str, &str, &Arc<str>)> {
        self.subgraphs
            .iter()
            .filter_map(|(name, tracked)| Some((name.as_str(), tracked.app.as_str(), tracked.served.as_ref()?)))
    }

    /// Hashes of other instances that are UP.
    pub(crate) fn other_hashes(&self, subgraph: &str) -> Vec<Arc<str>> {
        let Some(tracked) = self.subgraphs.get(subgraph) else { return Vec::new() };
        let mut others: Vec<Arc<str>> =
            tracked.up.values().filter(|hash| tracked.served.as_ref() != Some(hash)).cloned().collect();
        others.sort();
        others.dedup();
        others
    }

    pub(crate) fn accept(&mut self, proposals: &[Proposal]) {
        for proposal in proposals {
            if let Some(tracked) = self.subgraphs.get_mut(&proposal.subgraph) {
                tracked.served.clone_from(&proposal.hash);
                tracked.held_until = None;
            }
        }
        self.subgraphs.retain(|_, tracked| tracked.served.is_some() || !tracked.up.is_empty());
    }
}

impl Tracked {
    fn replace_up(&mut self, now_up: BTreeMap<String, Arc<str>>, sight: &Sight, grace_end: Instant) {
        let Some(served) = self.served.clone() else {
            self.up = now_up;
            return;
        };
        if now_up.values().any(|hash| *hash == served) {
            self.held_until = None;
        } else {
            let mut lost = self.up.iter().filter(|(_, hash)| **hash == served);
            let crashed = self.is_restored || lost.any(|(id, _)| !self.said_goodbye(id, sight));
            if crashed && !self.is_gone(sight) {
                self.held_until = Some(grace_end);
            } else if self.held_until.is_some() && self.is_gone(sight) {
                self.held_until = None;
            }
        }
        self.is_restored = false;
        self.up = now_up;
    }

    fn said_goodbye(&self, id: &str, sight: &Sight) -> bool {
        let leaving = |seen: &Seen| seen.app == self.app && seen.id == id && seen.standing == Standing::Leaving;
        sight.departed.contains(&(self.app.clone(), id.to_owned())) || sight.instances.iter().any(leaving)
    }

    /// Every trace of the subgraph in the registry says that it leaves.
    fn is_gone(&self, sight: &Sight) -> bool {
        let mut traces = sight.instances.iter().filter(|seen| seen.app == self.app).peekable();
        traces.peek().is_some() && traces.all(|seen| seen.standing == Standing::Leaving)
    }

    fn wish(&self, sdls: &Sdls, now: Instant) -> Wish {
        let has_up = |hash: &Arc<str>| self.up.values().any(|up| up == hash);
        let newest = self.order.iter().rev().find(|hash| has_up(hash) && sdls.contains_key(*hash));
        let Some(served) = &self.served else { return newest.map_or(Wish::Stay, |hash| Wish::Serve(Arc::clone(hash))) };
        let is_up = has_up(served);
        let is_held = is_up || self.held_until.is_some_and(|until| now < until);
        let Some(newest) = newest.filter(|newest| *newest != served) else {
            let awaits_sdl = self.up.values().any(|hash| !sdls.contains_key(hash));
            return if is_held || awaits_sdl { Wish::Stay } else { Wish::Drop };
        };
        let position = |hash: &Arc<str>| self.order.iter().position(|other| other == hash);
        let is_newer = position(newest) > position(served);
        let grew = || match (sdls.get(newest), sdls.get(served)) {
            (Some(new), Some(old)) => is_superset(&new.schema, &old.schema),
            _ => false,
        };
        let takes_over = if is_newer { !is_up || grew() } else { !is_held };
        if takes_over { Wish::Serve(Arc::clone(newest)) } else { Wish::Stay }
    }
}

/// What a subgraph's instances ask for.
enum Wish {
    Stay,
    Serve(Arc<str>),
    Drop,
}

#[cfg(test)]
#[path = "book_tests.rs"]
mod tests;
