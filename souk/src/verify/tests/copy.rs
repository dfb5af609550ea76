//! A copy of the sound shop: five databases of its own, and a provider that runs on a ledger of its own.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use souk_process::{
    Env, Shutdown, ready,
    telemetry::{Telemetry, TelemetryConfig},
};
use souk_subgraph::db::{Db, migrate};
use souk_testing::{Database, MySql, eventually};
use sqlx::migrate::Migrator;

use super::{good, stories};
use crate::verify::{Events, Limits, Provider, Report, Sighting, Sources, report::Finding, verify};

static PRODUCTS: Migrator = sqlx::migrate!("../migrations/products");
static INVENTORY: Migrator = sqlx::migrate!("../migrations/inventory");
static ORDERS: Migrator = sqlx::migrate!("../migrations/orders");
static PAYMENTS: Migrator = sqlx::migrate!("../migrations/payments");
static NOTIFICATIONS: Migrator = sqlx::migrate!("../migrations/notifications");

/// The defaults of the services.
const LIMITS: Limits = Limits {
    sweep: Duration::from_secs(1),
    give_up: Duration::from_secs(1_800),
    payment_window: Duration::from_secs(600),
    lease: Duration::from_secs(12),
};

const KEY: &str = "the-key-of-this-provider";

pub struct ShopCopy {
    databases: BTreeMap<&'static str, Database>,
    pub sources: Sources,
    shutdown: Shutdown,
    _folder: tempfile::TempDir,
}

impl ShopCopy {
    /// A sound one.
    pub async fn make() -> Self {
        Self::with_charges(stories::charges()).await
    }

    /// A sound one but for what its provider wrote down.
    pub async fn with_charges(charges: Vec<Value>) -> Self {
        let mut databases = BTreeMap::new();
        let mut connections = BTreeMap::new();
        for (service, migrations) in [
            ("products", &PRODUCTS),
            ("inventory", &INVENTORY),
            ("orders", &ORDERS),
            ("payments", &PAYMENTS),
            ("notifications", &NOTIFICATIONS),
        ] {
            let database = MySql::shared().await.database().await;
            let db = Db::connect(&database.url(), 1).await.unwrap();
            migrate(&db, migrations).await.unwrap();
            db.close().await;
            connections.insert(service, database.connect().await);
            databases.insert(service, database);
        }
        good::fill(&mut connections).await;
        let folder = tempfile::tempdir().unwrap();
        let shutdown = Shutdown::new();
        let url = start_provider(folder.path().to_owned(), charges, shutdown.clone()).await;
        let url_of = |(service, database): (&&str, &Database)| {
            ((*service).to_owned(), database.url().expose_secret().to_owned())
        };
        let provider = Provider { url: url.parse().unwrap(), api_key: SecretString::from(KEY) };
        let sources = Sources {
            mysql: databases.iter().map(url_of).collect(),
            events: Events::Outbox,
            provider: Some(provider),
            limits: LIMITS,
        };
        Self { databases, sources, shutdown, _folder: folder }
    }

    /// Runs statements on one service's database.
    pub async fn damage(&self, service: &str, statements: &str) {
        let mut connection = self.databases[service].connect().await;
        let done = sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned())).execute(&mut connection).await;
        done.unwrap_or_else(|error| panic!("{statements}: {error}"));
    }

    /// The report, without waiting for a rest that does not come.
    pub async fn verify(&self, seen: &[Sighting]) -> Report {
        verify(&self.sources, Some(seen), Duration::ZERO).await.unwrap()
    }

    /// Every record of the outboxes: topic, key, record.
    pub async fn records(&self) -> Vec<(String, String, Vec<u8>)> {
        let mut records = Vec::new();
        for database in self.databases.values() {
            let rows: Vec<(String, String, Vec<u8>)> =
                sqlx::query_as("SELECT topic, subject, record FROM outbox ORDER BY id")
                    .fetch_all(&mut database.connect().await)
                    .await
                    .unwrap();
            records.extend(rows);
        }
        records
    }
}

impl Drop for ShopCopy {
    fn drop(&mut self) {
        self.shutdown.request();
    }
}

/// What a report says of the invariant of this number.
pub fn finding(report: &Report, number: usize) -> &Finding {
    report.findings.iter().find(|finding| finding.invariant.number() == number).unwrap()
}

/// The sandbox provider, in this process, on a ledger that holds these charges.
async fn start_provider(folder: PathBuf, charges: Vec<Value>, shutdown: Shutdown) -> String {
    let line = |(index, charge)| json!({ "seq": index + 1, "at": stories::at(), "entry": "charge", "change": "created", "charge": charge });
    let lines: Vec<String> = charges.into_iter().enumerate().map(line).map(|line| format!("{line}\n")).collect();
    std::fs::write(folder.join("ledger.jsonl"), lines.concat()).unwrap();
    let text = |path: PathBuf| path.display().to_string();
    let variables = [
        ("SOUK_PROVIDER_API_KEY", KEY.to_owned()),
        ("SOUK_PROVIDER_WEBHOOK_SECRET", "unused".to_owned()),
        ("SOUK_PROVIDER_WEBHOOK_URL", "http://127.0.0.1:9/unused".to_owned()),
        ("SOUK_PROVIDER_LEDGER", text(folder.join("ledger.jsonl"))),
        ("SOUK_READY_FILE", text(folder.join("ready.json"))),
    ];
    let mut env = Env::from_pairs(variables.map(|(name, value)| (name.to_owned(), value)));
    let config = sandbox_provider::Config::read(&mut env).unwrap();
    let telemetry = Telemetry::install(&TelemetryConfig::read(&mut env));
    let stop = shutdown.clone();
    shutdown.spawn(async move { sandbox_provider::run(config, telemetry, stop).await.unwrap() });
    let ready_file = folder.join("ready.json");
    let addresses =
        eventually("the provider's start", Duration::from_secs(30), || std::future::ready(ready::read(&ready_file)))
            .await;
    format!("http://{}", addresses["http"])
}
