//! The background task that keeps the view fresh: a full fetch, then deltas, each checked by the hash code.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use souk_process::{Shutdown, clock};
use tokio::sync::{Notify, watch};

use crate::{
    config::DiscoveryConfig,
    feed,
    http::{RegistryError, Server},
    mirror::Mirror,
    servers::Rotation,
    view::RegistryView,
};

/// Registries keep changes for 3 minutes; after a longer silence, as of a suspended machine, a delta would miss some and
/// the hash code, which only counts, need not show it.
const DELTA_TRUST: Duration = Duration::from_secs(120);

/// Starts following; both tasks end with `shutdown`.
pub(crate) fn start(
    config: &DiscoveryConfig,
    servers: Vec<Server>,
    view: watch::Sender<Arc<RegistryView>>,
    shutdown: &Shutdown,
) {
    let changed = Arc::new(Notify::new());
    let (current, followed) = watch::channel(None);
    if config.follow_changes {
        shutdown.spawn(feed::follow(followed, Arc::clone(&changed), shutdown.clone()));
    }
    let follower = Follower {
        rotation: Rotation::new(servers.len(), config.refresh, config.backoff_limit),
        servers,
        mirror: Mirror::default(),
        loaded_from: None,
        current,
        view,
    };
    shutdown.spawn(follower.run(config.refresh, changed, shutdown.clone()));
}

struct Follower {
    servers: Vec<Server>,
    rotation: Rotation,
    mirror: Mirror,
    /// The server whose content the mirror holds, and when it last answered; only its deltas fit, and only as long as
    /// it keeps what changed since.
    loaded_from: Option<(usize, Instant)>,
    /// Tells the change feed whom to listen to.
    current: watch::Sender<Option<Server>>,
    view: watch::Sender<Arc<RegistryView>>,
}

impl Follower {
    async fn run(mut self, refresh: Duration, changed: Arc<Notify>, shutdown: Shutdown) {
        loop {
            tokio::select! {
                () = self.refresh() => {}
                () = shutdown.requested() => return,
            }
            let pause = self.rotation.wait(Instant::now()).max(refresh.min(Duration::from_secs(1)));
            let pause = if self.loaded_from.is_some() { refresh } else { pause };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = changed.notified() => {}
                () = shutdown.requested() => return,
            }
        }
    }

    /// Asks the registries in turn until one answers.
    async fn refresh(&mut self) {
        while let Some(index) = self.rotation.next(Instant::now()) {
            match self.fetch(index).await {
                Ok(()) => return self.answered(index),
                Err(error) => {
                    if self.rotation.failed(index, Instant::now()) {
                        tracing::warn!(server = %self.servers[index].label, "{error}");
                    }
                }
            }
        }
        self.unanswered();
    }

    async fn fetch(&mut self, index: usize) -> Result<(), RegistryError> {
        let server = &self.servers[index];
        if self.loaded_from.is_some_and(|(from, at)| from == index && at.elapsed() < DELTA_TRUST) {
            match server.fetch_delta().await {
                Ok(delta) => {
                    self.mirror.apply(delta.instances, Instant::now());
                    if delta.hash_code.is_some_and(|hash_code| hash_code == self.mirror.hash_code()) {
                        self.loaded_from = Some((index, Instant::now()));
                        return Ok(());
                    }
                    tracing::debug!(server = %server.label, "delta does not add up, fetching the whole registry");
                }
                Err(error @ RegistryError::Unreachable { .. }) => return Err(error),
                // Deltas may be switched off.
                Err(error) => tracing::debug!(server = %server.label, "{error}"),
            }
        }
        let whole = server.fetch_all().await?;
        self.mirror.replace(whole.instances, Instant::now());
        self.loaded_from = Some((index, Instant::now()));
        Ok(())
    }

    fn answered(&mut self, index: usize) {
        self.rotation.answered(index);
        let server = &self.servers[index];
        self.current.send_if_modified(|current| {
            let differs = current.as_ref().is_none_or(|current| current.label != server.label);
            if differs {
                *current = Some(server.clone());
            }
            differs
        });
        let (apps, departed) = (self.mirror.apps(), self.mirror.departed());
        self.view.send_if_modified(|view| {
            let differs = view.apps != apps;
            if !differs && view.loaded && view.stale_since.is_none() {
                return false;
            }
            if view.stale_since.is_some() {
                tracing::info!(server = %server.label, "registry {} answers again", server.label);
            }
            let version = view.version + u64::from(differs || !view.loaded);
            *view = Arc::new(RegistryView { version, loaded: true, stale_since: None, apps, departed });
            true
        });
    }

    /// No registry answered: the last view stays, also what lingers in it.
    fn unanswered(&mut self) {
        // Whoever answers next may have restarted: its deltas would not fit.
        self.loaded_from = None;
        self.view.send_if_modified(|view| {
            if view.stale_since.is_some() {
                return false;
            }
            tracing::warn!("no registry answers; going on with the last view");
            let stale_since = Some(clock::now());
            *view = Arc::new(RegistryView { stale_since, ..RegistryView::clone(view) });
            true
        });
    }
}
