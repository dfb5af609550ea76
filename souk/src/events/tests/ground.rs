//! A broker, a database, and a consumer of orders.events that refuses the versions it is told to.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::json;
use souk_contracts::{
    EventId,
    events::{Envelope, ORDERS_EVENTS},
};
use souk_process::{Shutdown, clock};
use souk_subgraph::{
    Db, StoreError, Tx, db,
    kafka::{EventHandler, HandleError, KafkaSettings, Producer, consume},
    random,
};
use souk_testing::{Broker, Database, MySql, until};

use crate::events::{Letter, letters};

pub const SUBJECT: &str = "ord_of_the_test";
const LIMIT: Duration = Duration::from_secs(30);

pub struct Ground {
    broker: Broker,
    db: Db,
    refused: Arc<Mutex<Vec<u64>>>,
    shutdown: Shutdown,
    _database: Database,
}

struct Taker(Arc<Mutex<Vec<u64>>>);

impl EventHandler for Taker {
    const CONSUMER: &'static str = "test.orders";
    const TOPICS: &'static [&'static str] = &[ORDERS_EVENTS];

    async fn handle(&self, tx: &mut Tx, event: &Envelope) -> Result<(), HandleError> {
        if self.0.lock().unwrap().contains(&event.version) {
            return Err(HandleError::Poison(format!("version {} is refused", event.version)));
        }
        sqlx::query("INSERT INTO effects (version) VALUES (?)")
            .bind(event.version)
            .execute(tx)
            .await
            .map_err(StoreError::from)?;
        Ok(())
    }

    async fn missing(&self, _subject: &str, _have: u64) -> Result<Vec<Envelope>, HandleError> {
        Ok(Vec::new())
    }
}

pub fn event(version: u64) -> Envelope {
    Envelope {
        specversion: "1.0".to_owned(),
        id: EventId::new(clock::now(), random::bytes()),
        source: "/souk/orders".to_owned(),
        kind: "souk.order.confirmed.v1".to_owned(),
        subject: SUBJECT.to_owned(),
        time: clock::now(),
        datacontenttype: "application/json".to_owned(),
        version,
        traceparent: None,
        data: json!({ "version": version }),
    }
}

impl Ground {
    pub async fn start() -> Self {
        let database = MySql::shared().await.database().await;
        let db = Db::connect(&database.url(), 5).await.unwrap();
        db::migrate(&db, &sqlx::migrate::Migrator::DEFAULT).await.unwrap();
        sqlx::raw_sql("CREATE TABLE effects (id INT AUTO_INCREMENT PRIMARY KEY, version BIGINT)")
            .execute(db.pool())
            .await
            .unwrap();
        let ground = Self {
            broker: Broker::start(),
            db,
            refused: Arc::default(),
            shutdown: Shutdown::new(),
            _database: database,
        };
        let (settings, db, producer) = (ground.settings(), ground.db.clone(), ground.producer());
        let (handler, stop) = (Taker(Arc::clone(&ground.refused)), ground.shutdown.clone());
        ground.shutdown.spawn(async move { consume(&settings, db, producer, handler, stop).await.unwrap() });
        ground
    }

    pub fn brokers(&self) -> String {
        self.broker.brokers()
    }

    /// Refuses these versions from now on, and no others.
    pub fn refuse(&self, versions: &[u64]) {
        *self.refused.lock().unwrap() = versions.to_vec();
    }

    pub async fn send(&self, event: &Envelope) {
        self.send_noise(&event.subject, &serde_json::to_vec(event).unwrap()).await;
    }

    pub async fn send_noise(&self, key: &str, record: &[u8]) {
        self.producer().send_all([(ORDERS_EVENTS, key, record)]).await.unwrap();
    }

    /// All dead letters, once there are so many.
    pub async fn letters(&self, count: usize) -> Vec<Letter> {
        let dead = || async { letters(&self.brokers(), ORDERS_EVENTS).await.unwrap() };
        until(&format!("{count} dead letters"), LIMIT, || async { dead().await.len() >= count }).await;
        let found = dead().await;
        assert_eq!(found.len(), count);
        found
    }

    pub async fn effects(&self) -> Vec<i64> {
        sqlx::query_scalar("SELECT version FROM effects ORDER BY id").fetch_all(self.db.pool()).await.unwrap()
    }

    pub async fn taken(&self, versions: &[i64]) {
        until(&format!("effects of {versions:?}"), LIMIT, || async { self.effects().await == versions }).await;
    }

    pub async fn stop(self) {
        assert!(self.shutdown.drain(LIMIT).await);
    }

    fn settings(&self) -> KafkaSettings {
        let client_id = "events-tests".to_owned();
        KafkaSettings { brokers: self.brokers(), epoch: Some(self.broker.epoch.clone()), client_id }
    }

    fn producer(&self) -> Producer {
        Producer::new(&self.settings()).unwrap()
    }
}
