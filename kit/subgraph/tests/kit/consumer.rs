//! Consumers with effects: once each, in order, gaps filled, never stopped by one bad event.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rdkafka::{
    ClientConfig, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _},
    topic_partition_list::TopicPartitionListElem,
};
use souk_contracts::events::{Envelope, PARTITIONS, dead_letter_topic};
use souk_process::Shutdown;
use souk_subgraph::{
    Tx,
    clients::ClientError,
    kafka::{EventHandler, HandleError, consume},
};
use souk_testing::until;

use crate::ground::{Ground, LIMIT, TOPIC, event, send, topic};

/// What the handlers of one test share with it.
#[derive(Clone, Default)]
struct Seen {
    /// What the owner would give: subject -> events.
    owner: Arc<Mutex<HashMap<String, Vec<Envelope>>>>,
    /// At most so many events in one answer of the owner; 0 is all.
    page: Arc<AtomicUsize>,
    asked: Arc<AtomicUsize>,
    handled: Arc<AtomicUsize>,
    /// How many events each transaction took.
    batches: Arc<Mutex<Vec<usize>>>,
    /// Versions that cannot be taken: by an error when even, by a panic when odd.
    poison: Arc<Mutex<Vec<u64>>>,
    /// Questions to the owner that fail before one is answered.
    owner_away: Arc<AtomicUsize>,
}

struct Recorder(Seen);

impl EventHandler for Recorder {
    const CONSUMER: &'static str = "test.recorder";
    const TOPICS: &'static [&'static str] = &[TOPIC];

    async fn handle(&self, tx: &mut Tx, event: &Envelope) -> Result<(), HandleError> {
        self.0.handled.fetch_add(1, Ordering::SeqCst);
        sqlx::query("INSERT INTO effects (subject, version) VALUES (?, ?)")
            .bind(&event.subject)
            .bind(event.version)
            .execute(tx)
            .await
            .map_err(souk_subgraph::StoreError::from)?;
        let poisonous = self.0.poison.lock().unwrap().contains(&event.version);
        assert!(!poisonous || event.version.is_multiple_of(2), "a handler's bug");
        if poisonous { Err(HandleError::Poison("cannot be taken".to_owned())) } else { Ok(()) }
    }

    async fn handle_all(&self, tx: &mut Tx, events: &[&Envelope]) -> Result<(), HandleError> {
        self.0.batches.lock().unwrap().push(events.len());
        for event in events {
            self.handle(tx, event).await?;
        }
        Ok(())
    }

    async fn missing(&self, subject: &str, have: u64) -> Result<Vec<Envelope>, HandleError> {
        self.0.asked.fetch_add(1, Ordering::SeqCst);
        if self.0.owner_away.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            let reason = "no instance is known".to_owned();
            return Err(ClientError::Unreachable { service: "owner", reason }.into());
        }
        let page = match self.0.page.load(Ordering::SeqCst) {
            0 => usize::MAX,
            page => page,
        };
        let owner = self.0.owner.lock().unwrap();
        let kept = owner.get(subject).into_iter().flatten();
        Ok(kept.filter(|event| event.version > have).take(page).cloned().collect())
    }
}

struct Consumer {
    ground: Ground,
    seen: Seen,
    shutdown: Shutdown,
}

impl Consumer {
    async fn start() -> Self {
        let consumer = Self::stopped().await;
        consumer.run(&consumer.shutdown);
        consumer
    }

    /// With its ground, so that events lie there before it takes the first.
    async fn stopped() -> Self {
        let ground = Ground::new().await;
        ground
            .run("CREATE TABLE effects (id INT AUTO_INCREMENT PRIMARY KEY, subject VARCHAR(80), version BIGINT)")
            .await;
        Self { ground, seen: Seen::default(), shutdown: Shutdown::new() }
    }

    fn run(&self, shutdown: &Shutdown) {
        self.run_with(&self.seen, shutdown);
    }

    fn run_with(&self, seen: &Seen, shutdown: &Shutdown) {
        let (settings, db, producer) = (self.ground.kafka(), self.ground.db.clone(), self.ground.producer());
        let (handler, stop) = (Recorder(seen.clone()), shutdown.clone());
        shutdown.spawn(async move { consume(&settings, db, producer, handler, stop).await.unwrap() });
    }

    async fn send(&self, events: &[&Envelope]) {
        send(&self.ground.producer(), events).await;
    }

    /// Subject -> versions in the order of their effects.
    async fn effects(&self) -> BTreeMap<String, Vec<u64>> {
        let rows: Vec<(String, i64)> = sqlx::query_as("SELECT subject, version FROM effects ORDER BY id")
            .fetch_all(self.ground.db.pool())
            .await
            .unwrap();
        let mut effects: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for (subject, version) in rows {
            effects.entry(subject).or_default().push(version.unsigned_abs());
        }
        effects
    }

    async fn taken(&self, subject: &str, versions: &[u64]) {
        until(&format!("{subject} taken as {versions:?}"), LIMIT, || async {
            self.effects().await.get(subject).is_some_and(|taken| taken == versions)
        })
        .await;
    }

    async fn dead_letters(&self, count: usize) -> Vec<u64> {
        let dead: &'static str = dead_letter_topic(TOPIC).leak();
        let records = topic(&self.ground.broker, dead, 1, count).await;
        records.iter().map(|record| Envelope::parse(record).map_or(0, |event| event.version)).collect()
    }
}

fn versions(sku: &str, range: std::ops::RangeInclusive<u64>) -> Vec<Envelope> {
    range.map(|version| event(sku, version)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn duplicates_and_old_events_change_nothing() {
    let consumer = Consumer::start().await;
    let events = versions("A", 1..=3);
    let [one, two, three] = &events[..] else { unreachable!() };
    consumer.send(&[one, one, two, one, two, three, three, one]).await;
    consumer.taken("A@main", &[1, 2, 3]).await;
    assert_eq!(consumer.seen.asked.load(Ordering::SeqCst), 0, "nothing was missing");
    assert!(consumer.shutdown.drain(LIMIT).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_come_together_are_taken_in_one_transaction() {
    let consumer = Consumer::stopped().await;
    let skus: Vec<String> = (0..40).map(|n| format!("SKU-{n}")).collect();
    let events: Vec<Envelope> = (1..=3).flat_map(|version| skus.iter().map(move |sku| event(sku, version))).collect();
    consumer.send(&events.iter().collect::<Vec<_>>()).await;
    consumer.run(&consumer.shutdown);
    for sku in &skus {
        consumer.taken(&format!("{sku}@main"), &[1, 2, 3]).await;
    }
    assert_eq!(consumer.seen.handled.load(Ordering::SeqCst), events.len());
    let batches = consumer.seen.batches.lock().unwrap().clone();
    assert!(batches.len() <= 20, "{batches:?}");
    assert_eq!(consumer.ground.number("SELECT COUNT(*) FROM inbox").await, 120);
    until("their offsets", LIMIT, || async { offsets(&consumer.ground.broker.brokers()) == 120 }).await;
    assert!(consumer.shutdown.drain(LIMIT).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_taken_takes_nothing_from_those_that_came_with_it() {
    let consumer = Consumer::stopped().await;
    let skus: Vec<String> = (0..20).map(|n| format!("SKU-{n}")).collect();
    // Of each aggregate the first and third; the owner has the second. The fourth of some is poison, as is a record of no
    // event.
    let all: Vec<Vec<Envelope>> = skus.iter().map(|sku| versions(sku, 1..=4)).collect();
    let nth = |n: usize| all.iter().map(move |of| &of[n - 1]);
    let events: Vec<&Envelope> = nth(1).chain(nth(3)).chain(nth(4).take(4)).collect();
    for (sku, of) in skus.iter().zip(&all) {
        consumer.seen.owner.lock().unwrap().insert(format!("{sku}@main"), of.clone());
    }
    consumer.seen.poison.lock().unwrap().push(4);
    consumer.send(&events[..25]).await;
    consumer.ground.producer().send_all([(TOPIC, "SKU-1@main", &b"not an event"[..])]).await.unwrap();
    consumer.send(&events[25..]).await;
    consumer.run(&consumer.shutdown);
    assert_eq!(consumer.dead_letters(5).await.len(), 5);
    for sku in &skus {
        consumer.taken(&format!("{sku}@main"), &[1, 2, 3]).await;
    }
    until("their offsets", LIMIT, || async { offsets(&consumer.ground.broker.brokers()) == 45 }).await;
    assert!(consumer.shutdown.drain(LIMIT).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_bad_events_takes_long_and_its_member_stays_in_its_group() {
    let consumer = Consumer::stopped().await;
    consumer.seen.poison.lock().unwrap().push(1);
    // Each is tried for most of a second, all of them for longer than a member may be without polling.
    let events: Vec<Envelope> = (0..45).map(|n| event(&format!("SKU-{n}"), 1)).collect();
    consumer.send(&events.iter().collect::<Vec<_>>()).await;
    consumer.run(&consumer.shutdown);
    until("their offsets", STUCK * 3, || async { offsets(&consumer.ground.broker.brokers()) == 45 }).await;
    assert_eq!(consumer.dead_letters(45).await.len(), 45, "each went aside once");
    assert!(consumer.shutdown.drain(LIMIT).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_the_commit_of_an_effect_and_that_of_its_offset_changes_nothing() {
    let consumer = Consumer::start().await;
    consumer.ground.broker.refuse_offsets(1_000);
    let events = versions("A", 1..=3);
    consumer.send(&events.iter().collect::<Vec<_>>()).await;
    consumer.taken("A@main", &[1, 2, 3]).await;
    assert!(consumer.shutdown.drain(LIMIT).await);
    consumer.ground.broker.take_offsets();
    assert_eq!(offsets(&consumer.ground.broker.brokers()), 0, "everything will be delivered again");

    let again = Shutdown::new();
    consumer.run(&again);
    consumer.send(&[&event("A", 4)]).await;
    consumer.taken("A@main", &[1, 2, 3, 4]).await;
    assert_eq!(consumer.seen.handled.load(Ordering::SeqCst), 4);
    until("the offset of what was taken", LIMIT, || async { offsets(&consumer.ground.broker.brokers()) == 4 }).await;
    assert!(again.drain(LIMIT).await);
}

/// How many records lie before the offsets that the consumer's group has committed.
fn offsets(brokers: &str) -> i64 {
    let group: BaseConsumer =
        ClientConfig::new().set("bootstrap.servers", brokers).set("group.id", "souk.test.recorder").create().unwrap();
    let mut places = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        places.add_partition(TOPIC, partition);
    }
    let committed = tokio::task::block_in_place(|| group.committed_offsets(places, LIMIT)).unwrap();
    let offset = |place: &TopicPartitionListElem<'_>| match place.offset() {
        Offset::Offset(offset) => offset,
        _ => 0,
    };
    committed.elements().iter().map(offset).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_asked_of_the_owner_page_by_page_before_the_event_is_taken() {
    let consumer = Consumer::start().await;
    let events = versions("A", 1..=7);
    consumer.seen.owner.lock().unwrap().insert("A@main".to_owned(), events.clone());
    consumer.seen.page.store(2, Ordering::SeqCst);
    consumer.seen.owner_away.store(2, Ordering::SeqCst);
    // The newest first; the older ones arrive when they are taken already.
    consumer.send(&[&events[6], &events[1], &events[0]]).await;
    consumer.taken("A@main", &[1, 2, 3, 4, 5, 6, 7]).await;
    assert_eq!(consumer.seen.asked.load(Ordering::SeqCst), 5, "twice away, then three pages");
    let marker = event("A", 8);
    consumer.send(&[&marker]).await;
    consumer.taken("A@main", &[1, 2, 3, 4, 5, 6, 7, 8]).await;
    assert!(consumer.shutdown.drain(LIMIT).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_that_the_owner_cannot_fill_is_passed_over_and_what_comes_late_stays_out() {
    let consumer = Consumer::start().await;
    let events = versions("A", 1..=6);
    // The owner has forgotten all but version 4.
    consumer.seen.owner.lock().unwrap().insert("A@main".to_owned(), vec![events[3].clone()]);
    consumer.send(&[&events[0], &events[4]]).await;
    consumer.taken("A@main", &[1, 4, 5]).await;
    consumer.send(&[&events[1], &events[2], &events[5]]).await;
    consumer.taken("A@main", &[1, 4, 5, 6]).await;
    assert!(consumer.shutdown.drain(LIMIT).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_taken_goes_aside_and_the_next_of_its_aggregate_is_taken() {
    let consumer = Consumer::start().await;
    let events = versions("A", 1..=6);
    // The owner gives the bad ones too, when it is asked about the gap that they leave.
    consumer.seen.owner.lock().unwrap().insert("A@main".to_owned(), events.clone());
    consumer.seen.poison.lock().unwrap().extend([2, 5]);
    let noise = Envelope { subject: "A@main".to_owned(), ..event("A", 1) };
    let other = event("B", 1);
    let producer = consumer.ground.producer();
    producer.send_all([(TOPIC, "A@main", &b"not an event"[..])]).await.unwrap();
    consumer.send(&[&events[0], &events[1], &events[2], &events[3], &noise, &events[4], &events[5], &other]).await;
    consumer.taken("A@main", &[1, 3, 4, 6]).await;
    consumer.taken("B@main", &[1]).await;
    let dead = consumer.dead_letters(3).await;
    assert!(dead.contains(&0) && dead.contains(&2) && dead.contains(&5), "{dead:?}");
    assert!(!dead.iter().any(|version| [1, 3, 4, 6].contains(version)), "{dead:?}");
    assert!(consumer.shutdown.drain(LIMIT).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_done_with_though_the_next_event_cannot_be_taken_yet() {
    let consumer = Consumer::stopped().await;
    consumer.seen.poison.lock().unwrap().push(1);
    consumer.seen.owner_away.store(usize::MAX, Ordering::SeqCst);
    consumer.send(&[&event("A", 1), &event("A", 3)]).await;
    consumer.run(&consumer.shutdown);
    until("the owner is asked", LIMIT, || async { consumer.seen.asked.load(Ordering::SeqCst) > 0 }).await;
    until("its offset", LIMIT, || async { offsets(&consumer.ground.broker.brokers()) == 1 }).await;
    assert_eq!(consumer.dead_letters(1).await, [1]);
    assert!(consumer.shutdown.drain(LIMIT).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_that_was_mended_is_taken_when_it_is_sent_again() {
    let consumer = Consumer::start().await;
    let events = versions("A", 1..=2);
    consumer.seen.poison.lock().unwrap().push(2);
    consumer.send(&[&events[0], &events[1]]).await;
    assert_eq!(consumer.dead_letters(1).await, [2]);
    consumer.seen.poison.lock().unwrap().clear();
    consumer.send(&[&events[1]]).await;
    consumer.taken("A@main", &[1, 2]).await;
    assert!(consumer.shutdown.drain(LIMIT).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_survives_an_outage_of_the_broker_and_the_loss_of_its_database_connections() {
    let consumer = Consumer::start().await;
    let events = versions("A", 1..=3);
    consumer.send(&[&events[0]]).await;
    consumer.taken("A@main", &[1]).await;
    consumer.ground.broker.down();
    let mut root = consumer.ground.database.connect().await;
    let own: u64 = sqlx::query_scalar("SELECT CONNECTION_ID()").fetch_one(&mut root).await.unwrap();
    let connections = consumer.ground.database.activities().await;
    for connection in connections.iter().filter(|connection| connection.id != own) {
        let kill = format!("KILL {}", connection.id);
        let _ = sqlx::raw_sql(sqlx::AssertSqlSafe(kill)).execute(&mut root).await;
    }
    consumer.ground.broker.up();
    consumer.send(&[&events[1], &events[2]]).await;
    consumer.taken("A@main", &[1, 2, 3]).await;
    assert!(consumer.shutdown.drain(LIMIT).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_stops_while_the_broker_is_away() {
    let consumer = Consumer::start().await;
    consumer.send(&[&event("A", 1)]).await;
    consumer.taken("A@main", &[1]).await;
    consumer.ground.broker.down();
    assert!(consumer.shutdown.drain(Duration::from_secs(5)).await, "it said goodbye in time");
}

/// Longer than a member may be without polling, and a rebalance after that.
const STUCK: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_is_stuck_with_an_event_stays_in_its_group_and_leaves_the_others_theirs() {
    let consumer = Consumer::start().await;
    let (second, stop) = (Seen::default(), Shutdown::new());
    consumer.run_with(&second, &stop);
    let members = [&consumer.seen, &second];
    let sent = AtomicUsize::new(0);
    until("both members take events", LIMIT, || async {
        let sku = format!("FIRST-{}", sent.fetch_add(1, Ordering::SeqCst));
        consumer.send(&[&event(&sku, 1)]).await;
        members.iter().all(|seen| seen.handled.load(Ordering::SeqCst) > 0)
    })
    .await;

    for seen in members {
        seen.owner_away.store(usize::MAX, Ordering::SeqCst);
    }
    let asked = || members.map(|seen| seen.asked.load(Ordering::SeqCst) > 0);
    consumer.send(&[&event("A", 3)]).await;
    until("an owner is asked", LIMIT, || async { asked() != [false, false] }).await;
    let (stuck, began) = (asked(), std::time::Instant::now());
    until("the time that a member may be without polling", STUCK * 2, || async { began.elapsed() > STUCK }).await;
    assert_eq!(asked(), stuck, "the event went on to the next member");
    let skus: Vec<String> = (0..16).map(|n| format!("SECOND-{n}")).collect();
    consumer.send(&skus.iter().map(|sku| event(sku, 1)).collect::<Vec<_>>().iter().collect::<Vec<_>>()).await;
    let taken = || async { consumer.effects().await.keys().filter(|sku| sku.starts_with("SECOND-")).count() };
    until("the other member takes its own", LIMIT, || async { taken().await > 0 }).await;

    for seen in members {
        seen.owner_away.store(0, Ordering::SeqCst);
    }
    until("the stuck one goes on", LIMIT, || async { taken().await == skus.len() }).await;
    assert_eq!(consumer.effects().await["A@main"], [3]);
    assert!(stop.drain(LIMIT).await && consumer.shutdown.drain(LIMIT).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_that_leave_a_stuck_member_and_come_back_are_taken() {
    let consumer = Consumer::start().await;
    let events = versions("A", 1..=3);
    consumer.send(&[&events[0]]).await;
    consumer.taken("A@main", &[1]).await;
    consumer.seen.owner_away.store(usize::MAX, Ordering::SeqCst);
    consumer.send(&[&events[2]]).await;
    let asked = || consumer.seen.asked.load(Ordering::SeqCst);
    // Its pauses between the questions have become long: it polls meanwhile.
    until("the owner is asked often", LIMIT, || async { asked() > 7 }).await;

    let (second, stop) = (Seen::default(), Shutdown::new());
    second.owner.lock().unwrap().insert("A@main".to_owned(), events.clone());
    consumer.run_with(&second, &stop);
    let sent = AtomicUsize::new(0);
    until("the second member takes events", LIMIT, || async {
        let sku = format!("FIRST-{}", sent.fetch_add(1, Ordering::SeqCst));
        consumer.send(&[&event(&sku, 1)]).await;
        second.handled.load(Ordering::SeqCst) > 0
    })
    .await;
    consumer.seen.owner_away.store(0, Ordering::SeqCst);
    assert!(stop.drain(LIMIT).await);

    let skus: Vec<String> = (0..16).map(|n| format!("SECOND-{n}")).collect();
    consumer.send(&skus.iter().map(|sku| event(sku, 1)).collect::<Vec<_>>().iter().collect::<Vec<_>>()).await;
    let taken = || async { consumer.effects().await.keys().filter(|sku| sku.starts_with("SECOND-")).count() };
    until("every partition is taken", LIMIT, || async { taken().await == skus.len() }).await;
    assert!(consumer.shutdown.drain(LIMIT).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_commits_no_offset_past_an_event_that_was_not_taken() {
    let consumer = Consumer::start().await;
    // Four partitions: some of the others lie behind one that cannot be taken.
    consumer.seen.owner_away.store(usize::MAX, Ordering::SeqCst);
    let skus: Vec<String> = (0..64).map(|n| format!("SKU-{n}")).collect();
    let behind: Vec<_> = skus.iter().map(|sku| event(sku, 1)).collect();
    let stuck: Vec<_> = ["A", "B", "C", "D", "E", "F", "G", "H"].map(|sku| event(sku, 2)).into();
    consumer.send(&stuck.iter().chain(&behind).collect::<Vec<_>>()).await;
    until("the owner is asked", LIMIT, || async { consumer.seen.asked.load(Ordering::SeqCst) > 0 }).await;
    assert!(consumer.shutdown.drain(LIMIT).await);

    consumer.seen.owner_away.store(0, Ordering::SeqCst);
    let again = Shutdown::new();
    consumer.run(&again);
    until("every event is taken", LIMIT, || async { consumer.effects().await.len() == stuck.len() + behind.len() })
        .await;
    assert!(again.drain(LIMIT).await);
}
