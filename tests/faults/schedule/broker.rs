//! What is done to the broker and to the messages in it.

use std::time::Duration;

use futures_util::future::join_all;
use rdkafka::{
    ClientConfig, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _},
    producer::{FutureProducer, FutureRecord},
};
use souk_tests::{LIMIT, Shop, eventually, until};
use sqlx::Connection as _;

use crate::{blows, dice::Dice};

/// The length of an outage: some polls of every relay.
const AWAY: Duration = Duration::from_secs(3);
/// What waits in an outbox, the newest first.
const WAITING: &str = "WHERE published_at IS NULL ORDER BY id DESC";
/// So many are enough for a disorder.
const ENOUGH: usize = 20;
/// A broker that answers in fits and starts: so often, so long.
const STUTTERS: usize = 10;
const STUTTER: Duration = Duration::from_millis(300);
const BREATH: Duration = Duration::from_millis(100);
const EMITTERS: [&str; 4] = ["products", "inventory", "orders", "payments"];
/// Who takes what, with effects.
const CONSUMERS: [(&str, &str); 4] = [
    ("souk.inventory.products", "products.events"),
    ("souk.inventory.orders", "orders.events"),
    ("souk.notifications.orders", "orders.events"),
    ("souk.orders.payments", "payments.events"),
];

/// An event as it lies in an outbox.
type Row = (String, String, Vec<u8>);

/// Refuses connections for a while; its data stays.
pub async fn away(shop: &Shop) {
    leave(shop).await;
    tokio::time::sleep(AWAY).await;
    come_back(shop).await;
}

/// Goes away, and when it is back what waited comes backwards and two to five times, beside what the relays bring.
/// Gives how many messages were sent.
pub async fn disorder(shop: &Shop, dice: &mut Dice) -> usize {
    leave(shop).await;
    let found = eventually("events that wait for the broker", LIMIT, || async {
        let waiting = outboxes(shop, WAITING).await;
        (waiting.len() >= ENOUGH).then_some(waiting)
    });
    // A service that dies meanwhile does not start without a broker: nothing may come then.
    let waiting = match tokio::time::timeout(AWAY, found).await {
        Ok(waiting) => waiting,
        Err(_) => outboxes(shop, WAITING).await,
    };
    come_back(shop).await;
    let times = 2 + dice.below(4) as usize;
    let again: Vec<&Row> = waiting.iter().flat_map(|row| std::iter::repeat_n(row, times)).collect();
    send(shop, &again).await;
    again.len()
}

/// Every event there ever was comes again, from the first one, and every consumer takes it to the end.
pub async fn replay(shop: &Shop) -> usize {
    let all = outboxes(shop, "ORDER BY id").await;
    send(shop, &all.iter().collect::<Vec<_>>()).await;
    all.len()
}

/// Answers late, again and again.
pub async fn stutter(shop: &Shop) {
    for _ in 0..STUTTERS {
        shop.signal_broker("STOP").await;
        tokio::time::sleep(STUTTER).await;
        shop.signal_broker("CONT").await;
        tokio::time::sleep(BREATH).await;
    }
}

/// One that is a process dies and is started again by the launcher; the embedded one is told.
async fn leave(shop: &Shop) {
    if shop.ready.pids.contains_key("kafka") {
        shop.kill("kafka").await;
    } else {
        tell(shop, "down").await;
    }
}

async fn come_back(shop: &Shop) {
    if shop.ready.pids.contains_key("kafka") {
        until("the broker is back", LIMIT, || std::future::ready(shop.now().pids.contains_key("kafka"))).await;
    } else {
        tell(shop, "up").await;
    }
}

/// Tells the launcher, which takes the file away when it has done so.
async fn tell(shop: &Shop, wish: &str) {
    blows::write(shop, "broker", wish);
    let file = shop.failpoints().join("broker");
    until("the broker does as it is told", LIMIT, || std::future::ready(!file.exists())).await;
}

async fn outboxes(shop: &Shop, which: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for emitter in EMITTERS {
        let url = &shop.ready.mysql[emitter];
        let statement = format!("SELECT topic, subject, record FROM outbox {which}");
        let found: Vec<Row> = eventually("an outbox can be read", LIMIT, || async {
            let mut connection = sqlx::MySqlConnection::connect(url).await.ok()?;
            sqlx::query_as(sqlx::AssertSqlSafe(statement.clone())).fetch_all(&mut connection).await.ok()
        })
        .await;
        rows.extend(found);
    }
    rows
}

/// Sends in this order, and waits until every consumer has gone past the last of it: what an effect done twice changes
/// is there when the round is verified.
async fn send(shop: &Shop, rows: &[&Row]) {
    let brokers = shop.ready.kafka["brokers"].as_str().expect("the ready file names the brokers");
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers).set("log_level", "0");
    let producer: FutureProducer = config.create().expect("the settings are librdkafka's own");
    let sent = rows.iter().map(|(topic, subject, record)| async {
        let record = FutureRecord::to(topic).key(subject).payload(record);
        let delivered = producer.send(record, LIMIT).await.expect("the broker is back");
        (topic.as_str(), delivered.partition, delivered.offset)
    });
    let delivered = join_all(sent).await;
    for (group, topic) in CONSUMERS {
        let mut ends = std::collections::BTreeMap::new();
        for (_, partition, offset) in delivered.iter().filter(|(of, ..)| *of == topic) {
            ends.entry(*partition).and_modify(|end: &mut i64| *end = (*offset).max(*end)).or_insert(*offset);
        }
        let asked =
            config.clone().set("group.id", group).create::<BaseConsumer>().expect("the settings are librdkafka's own");
        let asked = std::sync::Arc::new(asked);
        until(&format!("{group} takes what was sent again"), LIMIT, || is_past(asked.clone(), topic, ends.clone()))
            .await;
    }
}

/// Whether a group's committed offsets lie behind these.
async fn is_past(
    asked: std::sync::Arc<BaseConsumer>,
    topic: &'static str,
    ends: std::collections::BTreeMap<i32, i64>,
) -> bool {
    // librdkafka waits on the calling thread.
    let look = tokio::task::spawn_blocking(move || {
        let mut places = TopicPartitionList::new();
        for partition in ends.keys() {
            places.add_partition(topic, *partition);
        }
        let committed = asked.committed_offsets(places, Duration::from_secs(5)).ok()?;
        let is_past = |(partition, end): (&i32, &i64)| match committed.find_partition(topic, *partition)?.offset() {
            Offset::Offset(offset) => (offset > *end).then_some(()),
            _ => None,
        };
        ends.iter().try_for_each(is_past)
    });
    look.await.ok().flatten().is_some()
}
