//! The parts that every subgraph stands on, started in order and handed to its own wiring.

use std::{path::PathBuf, sync::Arc, time::Duration};

use discovery_client::{Discovery, DiscoveryConfig};
use secrecy::ExposeSecret as _;
use souk_contracts::identity::{KeyError, Signer};
use souk_process::{Health, Shutdown, listen::ListenError, telemetry::Telemetry};
use sqlx::migrate::Migrator;

use crate::{
    auth::{AuthError, Authenticator},
    clients::ServiceClient,
    config::SubgraphConfig,
    db::{self, Db, StoreError},
    idempotency, inbox,
    kafka::{EventHandler, KafkaError, KafkaSettings, Producer, Tail, consume},
    outbox::{self, Outbox},
};

/// How long a start waits for a tail to open.
const OPENING: Duration = Duration::from_secs(5);

/// Why a service did not start; one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the database of {service} cannot be used: {reason}; check SOUK_MYSQL_URL and that the server runs")]
    Database { service: &'static str, reason: String },
    #[error("the database of {service} could not be migrated: {source}")]
    Migrate { service: &'static str, source: StoreError },
    #[error("the key file {path} cannot be used: {reason}")]
    Key { path: PathBuf, reason: String },
    #[error(transparent)]
    Auth(#[from] AuthError),
    #[error(transparent)]
    Kafka(#[from] KafkaError),
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error("the HTTP client cannot be made: {0}")]
    Http(#[from] reqwest::Error),
    #[error("the ready file cannot be written: {0}")]
    ReadyFile(#[source] std::io::Error),
    #[error("serving ended: {0}")]
    Serve(#[source] std::io::Error),
}

impl From<KeyError> for StartError {
    fn from(error: KeyError) -> Self {
        Self::Key { path: PathBuf::new(), reason: error.to_string() }
    }
}

/// What a subgraph is wired from; used in its `run` only, never handed on whole.
#[derive(Debug)]
pub struct Runtime {
    pub config: SubgraphConfig,
    pub db: Db,
    pub outbox: Outbox,
    pub discovery: Discovery,
    pub signer: Arc<Signer>,
    pub client: ServiceClient,
    pub authenticator: Arc<Authenticator>,
    pub health: Health,
    pub telemetry: Telemetry,
    pub shutdown: Shutdown,
}

impl Runtime {
    /// Reads the keys, opens and migrates the database, follows discovery, and starts the upkeep of the kit's
    /// tables. `migrations` is `&sqlx::migrate!("../../migrations/<service>")`.
    ///
    /// # Errors
    /// [`StartError`]: nothing was started that is not stopped again by `shutdown`.
    pub async fn start(
        config: SubgraphConfig,
        migrations: &Migrator,
        telemetry: Telemetry,
        shutdown: Shutdown,
    ) -> Result<Self, StartError> {
        // The process-wide provider of TLS; a second install, as in tests, is not a fault.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let service = config.service;
        let signer = Arc::new(read_signer(&config.service_key)?);
        let authenticator = Arc::new(Authenticator::new(service, config.trust_bundle.clone())?);
        let db = Db::connect(&config.mysql_url, config.mysql_pool)
            .await
            .map_err(|error| StartError::Database { service, reason: error.to_string() })?;
        db::migrate(&db, migrations).await.map_err(|source| StartError::Migrate { service, source })?;
        let discovery = follow_discovery(&config, &shutdown);
        let client = ServiceClient::new(service, discovery.clone(), signer.clone(), config.call_timeout)?;
        shutdown.spawn(upkeep(db.clone(), shutdown.clone()));
        let (health, outbox) = (Health::new(), Outbox::default());
        Ok(Self { config, db, outbox, discovery, signer, client, authenticator, health, telemetry, shutdown })
    }

    /// Client settings for the broker.
    pub fn kafka(&self) -> KafkaSettings {
        KafkaSettings {
            // Config::read has refused a missing value for every service that calls this.
            brokers: self.config.kafka_brokers.clone().unwrap_or_default(),
            epoch: self.config.kafka_epoch.clone(),
            client_id: self.config.instance.clone(),
        }
    }

    /// Starts the relay of this service's outbox.
    ///
    /// # Errors
    /// [`StartError::Kafka`].
    pub fn start_relay(&self) -> Result<Producer, StartError> {
        let producer = Producer::new(&self.kafka())?;
        let (db, outbox, shutdown) = (self.db.clone(), self.outbox.clone(), self.shutdown.clone());
        let (relayed, instance) = (producer.clone(), self.config.instance.clone());
        self.shutdown.spawn(outbox::relay(db, outbox, relayed, instance, shutdown));
        Ok(producer)
    }

    /// Starts a consumer in the background.
    pub fn start_consumer<H: EventHandler>(&self, producer: &Producer, handler: H) {
        let (settings, db, producer, shutdown) =
            (self.kafka(), self.db.clone(), producer.clone(), self.shutdown.clone());
        self.shutdown.spawn(async move {
            if let Err(error) = consume(&settings, db, producer, handler, shutdown).await {
                tracing::error!("the consumer {} cannot run: {error}", H::CONSUMER);
            }
        });
    }

    /// Starts tailing a topic and waits until nothing is missed any more, but not for a broker that is away: the
    /// service starts without it, and subscribers get a `Gap` when the tail opens.
    ///
    /// # Errors
    /// [`StartError::Kafka`].
    pub async fn start_tail(&self, topic: &'static str) -> Result<Tail, StartError> {
        let tail = Tail::start(&self.kafka(), topic, &self.shutdown)?;
        if tokio::time::timeout(OPENING, tail.opened()).await.is_err() {
            tracing::warn!("the broker is away: {topic} is tailed once it is back");
        }
        Ok(tail)
    }
}

fn read_signer(path: &PathBuf) -> Result<Signer, StartError> {
    let fault = |reason: String| StartError::Key { path: path.clone(), reason };
    let text = std::fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
    Signer::from_key_file(&text).map_err(|error| fault(error.to_string()))
}

fn follow_discovery(config: &SubgraphConfig, shutdown: &Shutdown) -> Discovery {
    if config.discovery_urls.is_empty() {
        let fixed = config.services.iter().map(|service| (service.name.to_ascii_uppercase(), service.url.clone()));
        return Discovery::fixed(fixed);
    }
    let servers = config.discovery_urls.iter().cloned().map(|mut url| {
        if let Some(secret) = &config.discovery_secret
            && url.password().is_none()
        {
            // A URL without a host, which cannot carry them, fails at its first use with a clear message.
            let _ = url.set_username(config.service);
            let _ = url.set_password(Some(secret.expose_secret()));
        }
        url
    });
    Discovery::start(DiscoveryConfig::new(servers), shutdown)
}

/// Forgets what is past its time in the kit's tables, a little at a time, so that no lock is held for long.
async fn upkeep(db: Db, shutdown: Shutdown) {
    while shutdown.pause(Duration::from_secs(60)).await {
        if let Err(error) = forget_old(&db, &shutdown).await {
            tracing::warn!("upkeep will try again: {error}");
        }
    }
}

async fn forget_old(db: &Db, shutdown: &Shutdown) -> Result<(), StoreError> {
    let mut forgotten = 1;
    while forgotten > 0 && !shutdown.is_requested() {
        forgotten = outbox::forget_old(db).await? + inbox::forget_old(db).await? + idempotency::forget_old(db).await?;
    }
    Ok(())
}
