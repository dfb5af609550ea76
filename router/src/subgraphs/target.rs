//! Which address a call goes to.

use std::sync::Arc;

use discovery_client::{Discovery, Instance, Outcome, Picked};
use url::Url;

use crate::supergraph::{Discovered, Route};

const DEFAULT_PATH: &str = "/graphql";

/// An address, and the instance behind it when the registry named it.
pub(crate) struct Target {
    pub(crate) http: Url,
    /// Where subscriptions go, still as HTTP; None when the instance takes none.
    subscriptions: Option<Url>,
    picked: Option<Picked>,
}

impl Target {
    /// Chooses an instance that can answer; `not` is one that failed a moment ago, taken only when it is the last.
    pub(crate) fn choose(
        discovery: Option<&Discovery>,
        route: &Route,
        (answered_by, not): (Option<&[Arc<str>]>, Option<&str>),
    ) -> Option<Self> {
        match route {
            Route::Fixed { http } => Some(Self { http: http.clone(), subscriptions: Some(http.clone()), picked: None }),
            Route::Discovered(route) => {
                let discovery = discovery?;
                let hash = |instance: &Instance| match answered_by {
                    None => true,
                    Some(hashes) => instance
                        .meta("graphql.sdl.sha256")
                        .is_some_and(|own| hashes.iter().any(|hash| own.eq_ignore_ascii_case(hash))),
                };
                let other = |instance: &Instance| hash(instance) && not.is_none_or(|not| instance.id != not);
                discovery
                    .pick_where(&route.app, &other)
                    .or_else(|| discovery.pick_where(&route.app, &hash))
                    .map(Self::picked)
                    .or_else(|| last_known(discovery, route))
            }
        }
    }

    fn picked(picked: Picked) -> Self {
        let http = picked.url(picked.meta("graphql.path").unwrap_or(DEFAULT_PATH));
        let subscriptions = picked.meta("graphql.subscriptions").filter(|path| !path.is_empty());
        let subscriptions = subscriptions.map(|path| picked.url(path));
        Self { http, subscriptions, picked: Some(picked) }
    }

    /// The address for WebSockets; None when the instance takes no subscriptions.
    pub(crate) fn socket(&self) -> Option<Url> {
        self.subscriptions.clone().and_then(socket_of)
    }

    pub(crate) fn instance_id(&self) -> Option<String> {
        self.picked.as_ref().map(|picked| picked.instance().id.clone())
    }

    /// Tells the balancer how the call went.
    pub(crate) fn finish(self, outcome: Outcome) {
        if let Some(picked) = self.picked {
            picked.finish(outcome);
        }
    }
}

/// While no registry has answered in this run, the addresses of the last one are worth a try.
fn last_known(discovery: &Discovery, route: &Discovered) -> Option<Target> {
    if discovery.view().loaded || route.last_known.is_empty() {
        return None;
    }
    let index = rand::random_range(0..route.last_known.len());
    let base = &route.last_known[index];
    let at = |path: &str| base.join(path).ok();
    Some(Target { http: at("graphql")?, subscriptions: at("graphql/ws"), picked: None })
}

fn socket_of(mut url: Url) -> Option<Url> {
    let scheme = match url.scheme() {
        "http" => "ws",
        "https" => "wss",
        _ => return None,
    };
    url.set_scheme(scheme).ok()?;
    Some(url)
}
