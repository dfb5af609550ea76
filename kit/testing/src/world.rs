//! All that one service needs to run in a test, and the environment that says so.

use std::{collections::BTreeMap, time::Duration};

use secrecy::ExposeSecret as _;
use souk_process::{
    Env, Shutdown, ready,
    telemetry::{Telemetry, TelemetryConfig},
};
use tempfile::TempDir;

use crate::{Broker, Database, Identity, MySql, wait::eventually};

/// A private world for one service: database, broker, keys.
#[derive(Debug)]
pub struct World {
    pub service: &'static str,
    pub database: Database,
    pub broker: Broker,
    pub identity: Identity,
    variables: BTreeMap<String, String>,
    folder: TempDir,
}

/// A service that runs in this process.
#[derive(Debug)]
pub struct Running {
    /// `http://127.0.0.1:port/graphql`
    pub graphql: String,
    /// `http://127.0.0.1:port`
    pub base: String,
    pub shutdown: Shutdown,
}

impl World {
    /// # Panics
    /// When MySQL is not installed: the message says what to do.
    pub async fn new(service: &'static str) -> Self {
        let database = MySql::shared().await.database().await;
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let identity = Identity::create(folder.path());
        let broker = Broker::start();
        let text = |path: std::path::PathBuf| path.display().to_string();
        let variables = BTreeMap::from([
            ("SOUK_MYSQL_URL".to_owned(), database.url().expose_secret().to_owned()),
            ("SOUK_KAFKA_BROKERS".to_owned(), broker.brokers()),
            ("SOUK_KAFKA_EPOCH".to_owned(), broker.epoch.clone()),
            ("SOUK_TRUST_BUNDLE".to_owned(), text(identity.bundle.clone())),
            ("SOUK_SERVICE_KEY".to_owned(), text(identity.key_file(service))),
            ("SOUK_SIGNING_KEYS".to_owned(), text(identity.signing_keys())),
            ("SOUK_READY_FILE".to_owned(), text(folder.path().join("ready.json"))),
            ("SOUK_PROFILE".to_owned(), "dev".to_owned()),
        ]);
        Self { service, database, broker, identity, variables, folder }
    }

    /// Adds or replaces a variable.
    pub fn set(&mut self, name: &str, value: impl ToString) {
        self.variables.insert(name.to_owned(), value.to_string());
    }

    /// The test's own folder, gone with it.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The environment for the service's `Config::read`.
    pub fn env(&self) -> Env {
        Env::from_pairs(self.variables.clone())
    }

    /// Runs a service in this process: `start` gets the environment, telemetry and shutdown and runs it to its end.
    ///
    /// # Panics
    /// When the service does not come up within 30 s.
    pub async fn run<F, Fut, E>(&self, start: F) -> Running
    where
        F: FnOnce(Env, Telemetry, Shutdown) -> Fut,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: std::fmt::Display + Send,
    {
        let telemetry = Telemetry::install(&TelemetryConfig::read(&mut Env::process()));
        let shutdown = Shutdown::new();
        let ready_file = self.folder.path().join("ready.json");
        let _ = std::fs::remove_file(&ready_file);
        let service = start(self.env(), telemetry, shutdown.clone());
        let name = self.service;
        let task = tokio::spawn(async move {
            if let Err(error) = service.await {
                panic!("{name} ended: {error}");
            }
        });
        let addresses = eventually("the service's start", Duration::from_secs(30), || {
            assert!(!task.is_finished(), "{name} ended at its start; see the panic above");
            std::future::ready(ready::read(&ready_file))
        })
        .await;
        let base = format!("http://{}", addresses["http"]);
        Running { graphql: format!("{base}/graphql"), base, shutdown }
    }
}
