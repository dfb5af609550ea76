//! Keeping this process registered: register, renew, register again when the registry forgot, say goodbye.
//!
//! Each registry is kept by a task of its own, since ours do not replicate; a replicating cluster takes the same
//! registration from several sides without harm.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use souk_process::{Shutdown, clock};
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    http::{RegistryError, Renewal, Server},
    view::Status,
    wire::{Registering, WriteDataCenter, WriteInstance, WriteLease, WritePort},
};

/// Limit of the goodbye, over all registries together.
const FAREWELL_LIMIT: Duration = Duration::from_secs(3);
/// Pause after a failure that may pass.
const RETRY: Duration = Duration::from_secs(1);
/// Pause after a refusal that somebody must mend, such as a wrong credential.
const RETRY_REFUSED: Duration = Duration::from_secs(15);

/// What a process tells of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Registration {
    /// The application's name, e.g. `orders`.
    pub app: String,
    /// Unique within the application; by default `host:app:port`.
    pub instance_id: String,
    /// Where others reach it: a name or an address.
    pub host: String,
    pub port: u16,
    /// Path of the health endpoint. Default `/health/ready`.
    pub health_path: String,
    pub metadata: BTreeMap<String, String>,
    /// How long the registry believes in it without a renewal. Default 10 s.
    pub lease_s: u32,
    /// How often it renews. Default 3 s.
    pub renewal_s: u32,
    /// The name under which Spring clients look it up. Default the application's name.
    pub vip: String,
    /// Default UP; STARTING for a process that registers before it can serve.
    pub status: Status,
}

impl Registration {
    pub fn new(app: impl Into<String>, host: impl Into<String>, port: u16) -> Self {
        let (app, host) = (app.into(), host.into());
        Self {
            instance_id: format!("{host}:{app}:{port}"),
            vip: app.clone(),
            app,
            host,
            port,
            health_path: "/health/ready".to_owned(),
            metadata: BTreeMap::new(),
            lease_s: 10,
            renewal_s: 3,
            status: Status::Up,
        }
    }

    /// Adds a metadata entry.
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }
}

/// What is registered now; a new `dirty_ms` makes the registries take it as newer.
#[derive(Debug, Clone)]
struct Current {
    registration: Registration,
    dirty_ms: i64,
}

/// Keeps a registration alive. Dropping it changes nothing: the shutdown says goodbye for it.
#[derive(Debug)]
pub struct RegistrationHandle {
    current: watch::Sender<Current>,
    accepted: watch::Receiver<bool>,
    stop: CancellationToken,
    keepers: TaskTracker,
}

impl RegistrationHandle {
    pub(crate) fn start(registration: Registration, servers: &[Server], shutdown: &Shutdown) -> Self {
        let (current, _) = watch::channel(Current { registration, dirty_ms: clock::now().timestamp_millis() });
        let (accept, accepted) = watch::channel(servers.is_empty());
        let accept = Arc::new(accept);
        let stop = shutdown.token().child_token();
        let keepers = TaskTracker::new();
        for server in servers {
            let keeper = Keeper {
                server: server.clone(),
                current: current.subscribe(),
                accept: Arc::clone(&accept),
                known: false,
                complained: false,
            };
            shutdown.spawn(keepers.track_future(keeper.run(stop.clone())));
        }
        keepers.close();
        Self { current, accepted, stop, keepers }
    }

    /// Whether some registry has accepted the registration.
    pub fn is_registered(&self) -> bool {
        *self.accepted.borrow()
    }

    /// Waits until some registry accepts; false when `limit` passes first.
    pub async fn registered_within(&self, limit: Duration) -> bool {
        let mut accepted = self.accepted.clone();
        let waiting = accepted.wait_for(|accepted| *accepted);
        matches!(tokio::time::timeout(limit, waiting).await, Ok(Ok(_)))
    }

    /// Tells the registries of a new status, at once.
    pub fn set_status(&self, status: Status) {
        self.update(|registration| registration.status = status);
    }

    /// Changes what is registered and tells the registries at once. Application and instance id stay.
    pub fn update(&self, change: impl FnOnce(&mut Registration)) {
        self.current.send_modify(|current| {
            let (app, id) = (current.registration.app.clone(), current.registration.instance_id.clone());
            change(&mut current.registration);
            (current.registration.app, current.registration.instance_id) = (app, id);
            // Strictly newer, also within one millisecond.
            current.dirty_ms = clock::now().timestamp_millis().max(current.dirty_ms + 1);
        });
    }

    /// Reports DOWN, leaves every registry and ends the renewals; takes at most 3 s.
    pub async fn deregister(self) {
        self.stop.cancel();
        self.keepers.wait().await;
    }
}

/// Keeps the registration at one registry.
struct Keeper {
    server: Server,
    current: watch::Receiver<Current>,
    accept: Arc<watch::Sender<bool>>,
    /// The registry has our registration.
    known: bool,
    /// A failure was logged and no success since.
    complained: bool,
}

impl Keeper {
    async fn run(mut self, stop: CancellationToken) {
        // Marked as seen, so that only later changes wake the keeper.
        self.current.mark_unchanged();
        let mut handle_gone = false;
        loop {
            let pause = tokio::select! {
                pause = self.beat() => pause,
                () = stop.cancelled() => break,
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                changed = self.current.changed(), if !handle_gone => match changed {
                    Ok(()) => self.known = false,
                    Err(_) => handle_gone = true,
                },
                () = stop.cancelled() => break,
            }
        }
        if tokio::time::timeout(FAREWELL_LIMIT, self.farewell()).await.is_err() {
            tracing::warn!(server = %self.server.label, "registry did not take the goodbye in time; the lease will run out");
        }
    }

    /// One renewal or registration; returns the pause until the next.
    async fn beat(&mut self) -> Duration {
        let current = self.current.borrow().clone();
        match self.assure(&current).await {
            Ok(()) => {
                self.complained = false;
                self.accept.send_replace(true);
                Duration::from_secs(current.registration.renewal_s.max(1).into())
            }
            Err(error) => {
                if !std::mem::replace(&mut self.complained, true) {
                    tracing::warn!(
                        server = %self.server.label,
                        instance.id = %current.registration.instance_id,
                        "{} is not registered: {error}",
                        current.registration.instance_id
                    );
                }
                if error.is_lasting() { RETRY_REFUSED } else { RETRY }
            }
        }
    }

    async fn assure(&mut self, current: &Current) -> Result<(), RegistryError> {
        let Registration { app, instance_id, status, .. } = &current.registration;
        if self.known && self.server.renew(app, instance_id, *status, current.dirty_ms).await? == Renewal::Renewed {
            return Ok(());
        }
        self.known = false;
        self.post(current, *status).await?;
        self.known = true;
        tracing::info!(server = %self.server.label, instance.id = %instance_id, "{instance_id} registered as {}", status.as_str());
        Ok(())
    }

    async fn farewell(&self) {
        let mut current = self.current.borrow().clone();
        current.dirty_ms = clock::now().timestamp_millis().max(current.dirty_ms + 1);
        let Registration { app, instance_id, .. } = &current.registration;
        // DOWN first: whoever polls between the two requests stops sending already.
        let told = self.post(&current, Status::Down).await;
        let left = self.server.cancel(app, instance_id).await;
        if let Err(error) = told.and(left) {
            tracing::debug!(server = %self.server.label, "goodbye failed: {error}");
        }
    }

    async fn post(&self, current: &Current, status: Status) -> Result<(), RegistryError> {
        let registration = &current.registration;
        self.server.register(&registration.app, &document(registration, status, current.dirty_ms)).await
    }
}

fn document(registration: &Registration, status: Status, dirty_ms: i64) -> Registering<'_> {
    let Registration { app, instance_id, host, port, metadata, vip, .. } = registration;
    let authority = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    let health = format!("http://{authority}/{}", registration.health_path.trim_start_matches('/'));
    Registering {
        instance: WriteInstance {
            instance_id,
            host_name: host,
            app: app.to_uppercase(),
            ip_addr: host,
            status: status.as_str(),
            port: WritePort { number: *port, enabled: "true" },
            secure_port: WritePort { number: 443, enabled: "false" },
            country_id: 1,
            data_center_info: WriteDataCenter {
                class: "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo",
                name: "MyOwn",
            },
            lease_info: WriteLease {
                renewal_interval_in_secs: registration.renewal_s,
                duration_in_secs: registration.lease_s,
            },
            metadata,
            home_page_url: format!("http://{authority}/"),
            status_page_url: health.clone(),
            health_check_url: health,
            vip_address: vip,
            secure_vip_address: vip,
            last_dirty_timestamp: dirty_ms.to_string(),
        },
    }
}
