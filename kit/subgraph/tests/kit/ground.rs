//! What the tests stand on: a migrated database, a broker, events, and a reader of topics that knows no inbox.

use std::time::Duration;

use rdkafka::{
    ClientConfig, Message as _, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _},
};
use souk_contracts::{
    EventId,
    events::{Envelope, INVENTORY_EVENTS, PARTITIONS, StockChanged},
};
use souk_process::{Shutdown, clock};
use souk_subgraph::{
    StoreError,
    db::{self, Db, in_transaction},
    kafka::{KafkaSettings, Producer},
    outbox::{self, Outbox},
    random,
};
use souk_testing::{Broker, Database, MySql, until};
use sqlx::migrate::Migrator;

pub const LIMIT: Duration = Duration::from_secs(30);
pub const TOPIC: &str = INVENTORY_EVENTS;

pub struct Ground {
    pub database: Database,
    pub db: Db,
    pub broker: Broker,
    pub outbox: Outbox,
}

/// A database with the kit's tables and one more.
pub async fn migrated(database: &Database, connections: u32) -> Db {
    let db = Db::connect(&database.url(), connections).await.unwrap();
    db::migrate(&db, &Migrator::DEFAULT).await.unwrap();
    db
}

impl Ground {
    pub async fn new() -> Self {
        let database = MySql::shared().await.database().await;
        let db = migrated(&database, 10).await;
        Self { database, db, broker: Broker::start(), outbox: Outbox::default() }
    }

    pub fn kafka(&self) -> KafkaSettings {
        settings(&self.broker)
    }

    pub fn producer(&self) -> Producer {
        Producer::new(&self.kafka()).unwrap()
    }

    /// Commits the event of one version.
    pub async fn commit(&self, sku: &str, version: u64) {
        let (outbox, body) = (&self.outbox, &stock(sku, version));
        in_transaction(&self.db, |tx| Box::pin(async move { outbox.append(tx, body).await.map(|_| ()) }))
            .await
            .unwrap();
        outbox.committed();
    }

    /// Starts a relay; its end is awaited by the shutdown's drain.
    pub fn relay(&self, name: &str, shutdown: &Shutdown) -> tokio::task::JoinHandle<()> {
        let (db, outbox, producer) = (self.db.clone(), self.outbox.clone(), self.producer());
        shutdown.spawn(outbox::relay(db, outbox, producer, name.to_owned(), shutdown.clone()))
    }

    pub async fn number(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.db.pool()).await.unwrap()
    }

    pub async fn run(&self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(self.db.pool()).await.unwrap();
    }

    /// Until a connection is busy with a statement that begins so.
    pub async fn waits_for(&self, beginning: &str) {
        until(&format!("a wait in {beginning}"), LIMIT, || async {
            let activities = self.database.activities().await;
            activities.iter().any(|activity| !activity.state.is_empty() && activity.statement.starts_with(beginning))
        })
        .await;
    }

    pub async fn unpublished(&self) -> i64 {
        self.number("SELECT COUNT(*) FROM outbox WHERE published_at IS NULL").await
    }

    pub async fn all_published(&self) {
        until("the publication of every event", LIMIT, || async { self.unpublished().await == 0 }).await;
    }
}

pub fn settings(broker: &Broker) -> KafkaSettings {
    KafkaSettings { brokers: broker.brokers(), epoch: Some(broker.epoch.clone()), client_id: "kit-test".to_owned() }
}

pub fn stock(sku: &str, version: u64) -> StockChanged {
    StockChanged {
        sku: sku.parse().unwrap(),
        warehouse: "main".to_owned(),
        version,
        on_hand: i64::try_from(version).unwrap(),
        reserved: 0,
        available: 0,
        change: "adjusted".to_owned(),
        at: clock::now(),
    }
}

pub fn event(sku: &str, version: u64) -> Envelope {
    Envelope::new(EventId::new(clock::now(), random::bytes()), &stock(sku, version)).unwrap()
}

pub async fn send(producer: &Producer, events: &[&Envelope]) {
    let records: Vec<_> =
        events.iter().map(|event| (event.subject.clone(), serde_json::to_vec(event).unwrap())).collect();
    let records = records.iter().map(|(key, record)| (TOPIC, key.as_str(), record.as_slice()));
    producer.send_all(records).await.unwrap();
}

/// Everything that lies in a topic, partition by partition in order, once at least `count` records do.
pub async fn topic(broker: &Broker, topic: &'static str, partitions: i32, count: usize) -> Vec<Vec<u8>> {
    let brokers = broker.brokers();
    let read = move || {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .set("group.id", "kit-test-reader")
            .set("fetch.wait.max.ms", "10")
            .create()
            .unwrap();
        let mut places = TopicPartitionList::new();
        for partition in 0..partitions {
            places.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
        }
        consumer.assign(&places).unwrap();
        let deadline = std::time::Instant::now() + LIMIT;
        let mut records = Vec::new();
        // Once all are there, what else comes within a moment is read too: it would be one too many.
        loop {
            assert!(std::time::Instant::now() < deadline, "{} of {count} records within {LIMIT:?}", records.len());
            match consumer.poll(Duration::from_millis(300)) {
                Some(Ok(message)) => records.push(message.payload().unwrap().to_vec()),
                None if records.len() >= count => break,
                Some(Err(_)) | None => {}
            }
        }
        records
    };
    tokio::task::spawn_blocking(read).await.unwrap()
}

/// The (subject, version) of all events in the topic.
pub async fn published(broker: &Broker, count: usize) -> Vec<(String, u64)> {
    let records = topic(broker, TOPIC, PARTITIONS, count).await;
    let events = records.iter().map(|record| Envelope::parse(record).unwrap());
    events.map(|event| (event.subject, event.version)).collect()
}

/// Any error a store function may meet, for tests that make one.
pub fn lost() -> StoreError {
    StoreError::Lost { what: "a row".to_owned() }
}
