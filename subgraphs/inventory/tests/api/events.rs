//! What inventory makes of other services' events: in order, twice, out of order, with gaps.

use std::time::Duration;

use serde_json::{Value, json};
use souk_contracts::{
    CurrencyCode, EventId, Money, OrderId, ProductId, VariantId,
    events::{Envelope, EventBody, OrderChanged, ProductChanged, VariantBody},
};
use souk_process::clock;
use souk_subgraph::kafka::{KafkaSettings, Producer};
use souk_testing::{World, until};
use uuid::Uuid;

use crate::{
    harness::{Shop, new_order},
    owners::Owners,
};

/// The embedded broker's first group join takes 5 to 10 s.
const SOON: Duration = Duration::from_secs(40);

struct Stage {
    shop: Shop,
    owners: Owners,
    producer: Producer,
}

impl Stage {
    async fn open() -> Self {
        let owners = Owners::default();
        let url = owners.start().await;
        let mut world = World::new("inventory").await;
        world.set("SOUK_SERVICES", format!("products={url},orders={url}"));
        let settings = KafkaSettings {
            brokers: world.broker.brokers(),
            epoch: Some(world.broker.epoch.clone()),
            client_id: "test".to_owned(),
        };
        let producer = Producer::new(&settings).unwrap();
        Self { shop: Shop::open_in(world).await, owners, producer }
    }

    async fn publish<B: EventBody>(&self, event: &Envelope) {
        self.publish_together::<B>(std::slice::from_ref(event)).await;
    }

    async fn publish_together<B: EventBody>(&self, events: &[Envelope]) {
        let records: Vec<_> =
            events.iter().map(|event| (event.subject.as_str(), serde_json::to_vec(event).unwrap())).collect();
        let records = records.iter().map(|(subject, record)| (B::TOPIC, *subject, record.as_slice()));
        self.producer.send_all(records).await.unwrap();
    }
}

fn envelope(body: &impl EventBody) -> Envelope {
    Envelope::new(EventId(Uuid::new_v4()), body).unwrap()
}

fn product(id: ProductId, version: u64, status: &str, skus: &[&str]) -> Envelope {
    let variant = |sku: &&str| VariantBody { variant_id: VariantId(Uuid::new_v4()), sku: sku.parse().unwrap() };
    envelope(&ProductChanged {
        product_id: id,
        version,
        change: "updated".to_owned(),
        status: status.to_owned(),
        variants: skus.iter().map(variant).collect(),
        at: clock::now(),
    })
}

fn order(id: OrderId, version: u64, status: &str) -> Envelope {
    envelope(&OrderChanged {
        order_id: id,
        number: "S-1".to_owned(),
        version,
        customer_id: None,
        previous_status: None,
        status: status.to_owned(),
        payment_status: "NONE".to_owned(),
        reason: None,
        lines: Vec::new(),
        total: Money::zero(CurrencyCode::Eur),
        at: clock::now(),
    })
}

impl Stage {
    async fn versions(&self, sku: &str) -> Vec<(i64, bool)> {
        let mut connection = self.shop.world.database.connect().await;
        sqlx::query_as("SELECT version, closed FROM stock WHERE sku = ?")
            .bind(sku)
            .fetch_all(&mut connection)
            .await
            .unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn skus_get_stock_rows_that_close_with_their_product_and_open_again() {
    let stage = Stage::open().await;
    let id = ProductId(Uuid::new_v4());
    let created = product(id, 1, "ACTIVE", &["NEW-1", "NEW-2"]);
    for _ in 0..2 {
        stage.publish::<ProductChanged>(&created).await;
    }
    until("the new skus have rows", SOON, || async { stage.versions("NEW-2").await == [(1, false)] }).await;
    assert_eq!(stage.shop.level("NEW-1").await, (0, 0, 0));
    stage.shop.stock("NEW-1", "main", 3).await;

    stage.publish::<ProductChanged>(&product(id, 2, "ARCHIVED", &["NEW-1", "NEW-2"])).await;
    stage.publish::<ProductChanged>(&created).await;
    until("the rows close", SOON, || async { stage.versions("NEW-2").await == [(2, true)] }).await;
    assert_eq!(stage.shop.level("NEW-1").await, (3, 0, 0), "nothing of an archived product is available");
    assert_eq!(stage.shop.hold(new_order(), &[("NEW-1", 1)]).await["held"], false);

    // 3 is lost on the way, 4 comes: the owner is asked, and asked again when it was away
    let third = product(id, 3, "ACTIVE", &["NEW-1", "NEW-2", "NEW-3"]);
    let fourth = product(id, 4, "ACTIVE", &["NEW-1", "NEW-2", "NEW-3", "NEW-4"]);
    stage.owners.keep(&third);
    stage.owners.keep(&fourth);
    stage.publish::<ProductChanged>(&fourth).await;
    until("the newest is taken", SOON, || async { stage.versions("NEW-4").await == [(1, false)] }).await;
    assert_eq!(stage.owners.times_asked(&id.to_string()), 2);
    // the lost one turns up after all: it says nothing new
    stage.publish::<ProductChanged>(&third).await;
    let marker = product(ProductId(Uuid::new_v4()), 1, "ACTIVE", &["LAST"]);
    stage.publish::<ProductChanged>(&marker).await;
    until("all is read", SOON, || async { !stage.versions("LAST").await.is_empty() }).await;
    assert_eq!(stage.versions("NEW-2").await, [(3, false)]);
    assert_eq!(stage.shop.level("NEW-1").await, (3, 0, 3));
    stage.shop.assert_books_balance().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_events_end_reservations_that_no_call_has_ended() {
    let stage = Stage::open().await;
    let shop = &stage.shop;
    shop.stock("A", "main", 10).await;
    let (confirmed, failed, cancelled, called) = (new_order(), new_order(), new_order(), new_order());
    for id in [confirmed, failed, cancelled, called] {
        assert_eq!(shop.hold(id, &[("A", 1)]).await["held"], true);
    }
    for (id, statuses) in [
        (confirmed, vec!["PENDING", "RESERVED", "CONFIRMED", "SHIPPED"]),
        (failed, vec!["PENDING", "RESERVED", "PAYMENT_FAILED"]),
        (cancelled, vec!["PENDING", "RESERVED", "CONFIRMED", "CANCELLED"]),
    ] {
        for (version, status) in (1..).zip(statuses) {
            let event = order(id, version, status);
            for _ in 0..2 {
                stage.publish::<OrderChanged>(&event).await;
            }
        }
    }
    // a call and an event about the same end: one effect
    assert!(shop.settle("commit", called).await);
    stage.owners.keep(&order(called, 1, "CONFIRMED"));
    stage.publish::<OrderChanged>(&order(called, 2, "SHIPPED")).await;
    for (id, state) in [(confirmed, "COMMITTED"), (failed, "RELEASED"), (cancelled, "RESTOCKED"), (called, "COMMITTED")]
    {
        until(state, SOON, || async { shop.states(id).await == [state] }).await;
    }
    until("the gap is filled", SOON, || async { stage.owners.times_asked(&called.to_string()) == 2 }).await;
    assert_eq!(shop.level("A").await, (8, 0, 8));
    shop.assert_books_balance().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_that_come_together_are_settled_together_and_each_to_its_own_account() {
    let stage = Stage::open().await;
    let shop = &stage.shop;
    shop.stock("A", "main", 100).await;
    shop.stock("B", "main", 100).await;
    let (kept, cancelled): (Vec<_>, Vec<_>) = (0..16).map(|n| (n % 2 == 0, new_order())).partition(|(kept, _)| *kept);
    let all = || kept.iter().chain(&cancelled);
    for (kept, id) in all() {
        let lines = if *kept { [("A", 1), ("B", 2)] } else { [("B", 2), ("A", 1)] };
        assert_eq!(shop.hold(*id, &lines).await["held"], true);
    }
    let before = stage.versions("A").await[0].0;
    let events: Vec<Envelope> = (1..)
        .zip(["PENDING", "RESERVED", "CONFIRMED"])
        .flat_map(|(version, status)| all().map(move |(_, id)| order(*id, version, status)))
        .chain(cancelled.iter().map(|(_, id)| order(*id, 4, "CANCELLED")))
        .collect();
    stage.publish_together::<OrderChanged>(&events).await;
    for (kept, id) in all() {
        let states = [if *kept { "COMMITTED" } else { "RESTOCKED" }; 2];
        until("its end", SOON, || async { shop.states(*id).await == states }).await;
    }
    assert_eq!((shop.level("A").await, shop.level("B").await), ((92, 0, 92), (84, 0, 84)));
    shop.assert_books_balance().await;
    let mut connection = shop.world.database.connect().await;
    let entries: Vec<(String, i64, i64)> = sqlx::query_as(
        "SELECT kind, COUNT(*), COUNT(DISTINCT order_id) FROM stock_ledger WHERE order_id IS NOT NULL
         GROUP BY kind ORDER BY kind",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert_eq!(entries, [("COMMITTED".to_owned(), 32, 16), ("RESTOCKED".to_owned(), 16, 8)]);
    let rises = stage.versions("A").await[0].0 - before;
    assert!(rises < 16, "its row was written {rises} times for 24 changes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_of_a_row_is_an_event_with_the_next_version() {
    let shop = Shop::open().await;
    shop.stock("A", "main", 5).await;
    shop.stock("A", "main", 5).await;
    let order = new_order();
    shop.hold(order, &[("A", 1), ("A", 2)]).await;
    shop.settle("commit", order).await;
    shop.settle("restock", order).await;
    let query = "query($id: ID!, $version: Int!) { eventsSince(id: $id, version: $version) }";
    let ask = |version: i32| shop.service("orders", query, json!({ "id": "A@main", "version": version }));
    let data = ask(0).await.ok();
    let events: Vec<Value> = data["eventsSince"]
        .as_array()
        .unwrap()
        .iter()
        .map(|text| serde_json::from_str(text.as_str().unwrap()).unwrap())
        .collect();
    // version 1 is the row that the harness wrote by hand
    let seen: Vec<_> =
        events.iter().map(|event| (event["version"].as_i64().unwrap(), event["data"]["change"].clone())).collect();
    assert_eq!(
        seen,
        [
            (2, json!("adjusted")),
            (3, json!("adjusted")),
            (4, json!("reserved")),
            (5, json!("committed")),
            (6, json!("restocked"))
        ]
    );
    assert_eq!((&events[2]["data"]["reserved"], &events[4]["data"]["available"]), (&json!(3), &json!(10)));
    assert_eq!(ask(4).await.ok()["eventsSince"].as_array().unwrap().len(), 2);
    assert_eq!(ask(-1).await.code(), "BAD_USER_INPUT");
}
