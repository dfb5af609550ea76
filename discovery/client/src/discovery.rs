//! The handle that a process holds: its view of the registry and the choice of instance.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use souk_process::Shutdown;
use tokio::sync::watch;
use url::Url;

use crate::{
    balance::{EjectionPolicy, Endpoint, Picked, choose},
    config::DiscoveryConfig,
    follow,
    http::{Server, build_client},
    registration::{Registration, RegistrationHandle},
    view::{AppView, Instance, RegistryView, Status},
};

/// Service discovery of one process; clones share one view.
#[derive(Clone)]
pub struct Discovery {
    shared: Arc<Shared>,
}

struct Shared {
    view: watch::Sender<Arc<RegistryView>>,
    servers: Vec<Server>,
    ejection: EjectionPolicy,
    /// How long `register` waits for a first answer.
    first_answer: Duration,
    shutdown: Shutdown,
}

impl Discovery {
    /// Follows the registries until `shutdown`. Returns at once, with an empty view that is not `loaded` yet.
    pub fn start(config: DiscoveryConfig, shutdown: &Shutdown) -> Self {
        let client = build_client(config.connect_timeout);
        let servers: Vec<Server> =
            config.servers.iter().map(|url| Server::new(url, client.clone(), config.request_timeout)).collect();
        let shared = Shared {
            view: watch::Sender::new(Arc::new(RegistryView::default())),
            servers,
            ejection: config.ejection,
            first_answer: config.request_timeout,
            shutdown: shutdown.clone(),
        };
        follow::start(&config, shared.servers.clone(), shared.view.clone(), shutdown);
        Self { shared: Arc::new(shared) }
    }

    /// Known addresses and no registry: for tests and static set-ups. Each address is one instance that is UP.
    pub fn fixed<A: Into<String>>(instances: impl IntoIterator<Item = (A, Url)>) -> Self {
        let mut view = RegistryView { version: 1, loaded: true, ..RegistryView::default() };
        for (app, base_url) in instances {
            let name = app.into().to_lowercase();
            let instance = Arc::new(Instance {
                app: name.clone(),
                id: base_url.to_string(),
                base_url,
                status: Status::Up,
                metadata: std::collections::BTreeMap::new(),
                lease: Duration::MAX,
                endpoint: Arc::new(Endpoint::default()),
            });
            let app = view.apps.entry(name.clone()).or_insert_with(|| AppView { name, ..AppView::default() });
            app.all.push(Arc::clone(&instance));
            app.up.push(instance);
        }
        let shared = Shared {
            view: watch::Sender::new(Arc::new(view)),
            servers: Vec::new(),
            ejection: EjectionPolicy::default(),
            first_answer: Duration::ZERO,
            shutdown: Shutdown::new(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Registers this process with every registry and keeps it registered until `deregister` or the shutdown. Waits
    /// for a first acceptance, at most one request's time; without it the attempts go on in the background.
    pub async fn register(&self, registration: Registration) -> RegistrationHandle {
        let handle = RegistrationHandle::start(registration, &self.shared.servers, &self.shared.shutdown);
        handle.registered_within(self.shared.first_answer).await;
        handle
    }

    /// The registry as last seen.
    pub fn view(&self) -> Arc<RegistryView> {
        Arc::clone(&self.shared.view.borrow())
    }

    /// Follows the view; a receiver sees the newest value, not each one between.
    pub fn watch(&self) -> watch::Receiver<Arc<RegistryView>> {
        self.shared.view.subscribe()
    }

    /// Since when no registry has answered, None while one does.
    pub fn stale_since(&self) -> Option<DateTime<Utc>> {
        self.shared.view.borrow().stale_since
    }

    /// Chooses an instance of `app` that is UP; None when there is none.
    pub fn pick(&self, app: &str) -> Option<Picked> {
        self.pick_where(app, &|_| true)
    }

    /// Chooses among the instances that fulfil `predicate`.
    pub fn pick_where(&self, app: &str, predicate: &dyn Fn(&Instance) -> bool) -> Option<Picked> {
        let view = self.view();
        let candidates: Vec<&Arc<Instance>> = view.up(app).iter().filter(|instance| predicate(instance)).collect();
        let now = Instant::now();
        let chosen = choose(&candidates, now, &mut rand::rng())?;
        Some(Picked::new(Arc::clone(chosen), self.shared.ejection, now))
    }

    /// Waits until `app` has an instance that is UP; None when `deadline` passes or the process stops first.
    pub async fn wait_for(&self, app: &str, deadline: tokio::time::Instant) -> Option<Picked> {
        self.wait_until(deadline, |view| !view.up(app).is_empty()).await?;
        self.pick(app)
    }

    /// Waits until the view fulfils `condition`; None when `deadline` passes or the process stops first.
    pub async fn wait_until(
        &self,
        deadline: tokio::time::Instant,
        mut condition: impl FnMut(&RegistryView) -> bool,
    ) -> Option<Arc<RegistryView>> {
        let mut views = self.watch();
        tokio::select! {
            found = views.wait_for(|view| condition(view)) => found.ok().map(|view| Arc::clone(&view)),
            () = tokio::time::sleep_until(deadline) => None,
            () = self.shared.shutdown.requested() => None,
        }
    }
}

impl std::fmt::Debug for Discovery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Discovery").field("view", &self.view()).finish_non_exhaustive()
    }
}
