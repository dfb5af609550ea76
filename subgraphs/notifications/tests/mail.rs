//! From an event on the broker to mail in the mailbox and an entry in the feed.

#![expect(clippy::unwrap_used, reason = "a panic in a test says what broke")]

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Json, Router, extract::State, routing::post};
use rdkafka::{
    ClientConfig,
    producer::{FutureProducer, FutureRecord},
};
use serde_json::{Value, json};
use souk_contracts::{
    CurrencyCode, CustomerId, EventId, LineId, Money, OrderId,
    events::{Envelope, ORDERS_EVENTS, OrderChanged, OrderLineBody},
};
use souk_testing::{Running, World, eventually, graphql, until};
use uuid::Uuid;

const LIMIT: Duration = Duration::from_secs(30);
const FEED: &str = "{ notifications { nodes { kind subject orderId } pageInfo { hasNextPage } } }";

/// Orders and accounts, as far as notifications asks them: the first `away` questions for a contact fail. Counts them.
async fn contacts(away: usize) -> (String, Arc<AtomicUsize>) {
    async fn answer(State((asked, away)): State<(Arc<AtomicUsize>, usize)>, Json(request): Json<Value>) -> Json<Value> {
        if request["operationName"] == "OrderContact" && asked.fetch_add(1, Ordering::SeqCst) < away {
            return Json(json!({ "errors": [{ "message": "away", "extensions": { "code": "UNAVAILABLE" } }] }));
        }
        Json(match request["operationName"].as_str() {
            Some("OrderContact") => json!({ "data": { "orderContact": {
                "customerId": CustomerId(Uuid::from_u128(7)), "email": null, "name": "Asha Rao", "trackingNumber": "T-1" } } }),
            Some("CustomerContact") => json!({ "data": { "customerContact": { "email": "asha@example.com" } } }),
            _ => json!({ "data": { "eventsSince": [] } }),
        })
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let router = Router::new().route("/graphql", post(answer)).with_state((asked.clone(), away));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (format!("http://{address}"), asked)
}

async fn notifications(world: &mut World) -> Running {
    let (contacts, _) = contacts(0).await;
    asking(world, &contacts).await
}

/// Notifications with its neighbours at this address.
async fn asking(world: &mut World, contacts: &str) -> Running {
    world.set("SOUK_SERVICES", format!("orders={contacts},accounts={contacts}"));
    world.set("SOUK_MAILBOX_DIR", world.folder().join("mailbox").display());
    world
        .run(|mut env, telemetry, shutdown| async move {
            let config = notifications::Config::read(&mut env).map_err(|error| error.to_string())?;
            notifications::run(config, telemetry, shutdown).await.map_err(|error| error.to_string())
        })
        .await
}

fn event(order: u128, version: u64, previous: Option<&str>, status: &str) -> Envelope {
    let body = OrderChanged {
        order_id: OrderId(Uuid::from_u128(order)),
        number: format!("S-{order}"),
        version,
        customer_id: Some(CustomerId(Uuid::from_u128(7))),
        previous_status: previous.map(str::to_owned),
        status: status.to_owned(),
        payment_status: "CAPTURED".to_owned(),
        reason: None,
        lines: vec![OrderLineBody { line_id: LineId(Uuid::from_u128(1)), sku: "MUG".parse().unwrap(), quantity: 1 }],
        total: Money::new(1990, CurrencyCode::Eur),
        at: chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(i64::try_from(version).unwrap()),
    };
    Envelope::new(EventId(Uuid::from_u128(order * 1000 + u128::from(version))), &body).unwrap()
}

async fn publish(world: &World, events: &[&Envelope]) {
    let producer: FutureProducer =
        ClientConfig::new().set("bootstrap.servers", world.broker.brokers()).create().unwrap();
    for event in events {
        let payload = serde_json::to_vec(event).unwrap();
        let record = FutureRecord::to(ORDERS_EVENTS).key(&event.subject).payload(&payload);
        producer.send(record, LIMIT).await.map_err(|(error, _)| error).unwrap();
    }
}

fn mails(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let files =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|end| end == "eml"));
    files.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_order_is_told_by_mail_and_in_the_feed_once() {
    let mut world = World::new("notifications").await;
    let service = notifications(&mut world).await;
    let placed = event(1, 1, None, "PENDING");
    let confirmed = event(1, 2, Some("PENDING"), "CONFIRMED");
    let shipped = event(1, 3, Some("CONFIRMED"), "SHIPPED");
    // Twice each, and an old one again at the end.
    publish(&world, &[&placed, &placed, &confirmed, &confirmed, &shipped, &placed, &confirmed]).await;

    let folder = world.folder().join("mailbox");
    until("two mails", LIMIT, || std::future::ready(mails(&folder).len() == 2)).await;
    let told = mails(&folder).concat();
    assert!(told.contains("asha@example.com") && told.contains("Order S-1 is confirmed"), "{told}");
    assert!(told.contains("Order S-1 is on its way") && told.contains("Tracking number: T-1"), "{told}");

    // A marker behind all duplicates: once it is told, they have been taken.
    publish(&world, &[&event(2, 1, None, "PENDING"), &event(2, 2, Some("PENDING"), "CANCELLED")]).await;
    let token = world.identity.customer_token(CustomerId(Uuid::from_u128(7)));
    let kinds = eventually("the marker's message", LIMIT, || {
        let (url, token) = (service.graphql.clone(), token.clone());
        async move {
            let feed = graphql(&url, Some(&token), FEED, json!({})).await.ok();
            let nodes = feed["notifications"]["nodes"].as_array().unwrap().clone();
            let kinds: Vec<_> = nodes.iter().map(|node| node["kind"].as_str().unwrap().to_owned()).collect();
            kinds.contains(&"ORDER_CANCELLED".to_owned()).then_some(kinds)
        }
    })
    .await;
    // Newest first by the time it happened; of two at one time the one written later.
    assert_eq!(kinds, ["ORDER_SHIPPED", "ORDER_CANCELLED", "ORDER_CONFIRMED"].map(str::to_owned));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_its_owners_alone() {
    let mut world = World::new("notifications").await;
    let service = notifications(&mut world).await;
    let anonymous = graphql(&service.graphql, None, FEED, json!({})).await;
    assert_eq!(anonymous.code(), "UNAUTHENTICATED");
    let guest = world.identity.guest_token(OrderId(Uuid::from_u128(1)));
    assert_eq!(graphql(&service.graphql, Some(&guest), FEED, json!({})).await.code(), "UNAUTHENTICATED");
    let other = world.identity.customer_token(CustomerId(Uuid::from_u128(8)));
    let feed = graphql(&service.graphql, Some(&other), FEED, json!({})).await.ok();
    assert_eq!(feed["notifications"]["nodes"], json!([]));
    for arguments in ["first: 0", "first: 101", "after: \"nonsense\""] {
        let query = format!("{{ notifications({arguments}) {{ nodes {{ id }} }} }}");
        assert_eq!(
            graphql(&service.graphql, Some(&other), &query, json!({})).await.code(),
            "BAD_USER_INPUT",
            "{arguments}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_send_each_message_once() {
    let mut world = World::new("notifications").await;
    let (contacts, asked) = contacts(0).await;
    let _replicas = (asking(&mut world, &contacts).await, asking(&mut world, &contacts).await);
    let events: Vec<_> =
        (1..=30).flat_map(|n| [event(n, 1, None, "PENDING"), event(n, 2, Some("PENDING"), "CONFIRMED")]).collect();
    publish(&world, &events.iter().collect::<Vec<_>>()).await;
    until("every message sent", LIMIT, || async {
        let mut database = world.database.connect().await;
        let sent = "SELECT COUNT(*) FROM notifications WHERE mail_state = 'SENT'";
        sqlx::query_scalar::<_, i64>(sent).fetch_one(&mut database).await.unwrap() == 30
    })
    .await;
    assert_eq!(asked.load(Ordering::SeqCst), 30, "one sending each");
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_waits_for_orders_to_come_back() {
    let mut world = World::new("notifications").await;
    let (contacts, _) = contacts(1).await;
    let _service = asking(&mut world, &contacts).await;
    publish(&world, &[&event(1, 1, None, "PENDING"), &event(1, 2, Some("PENDING"), "CONFIRMED")]).await;
    until("the mail at its second try", LIMIT, || async {
        let mut database = world.database.connect().await;
        let settled: Option<(String, i32)> = sqlx::query_as("SELECT mail_state, mail_attempts FROM notifications")
            .fetch_optional(&mut database)
            .await
            .unwrap();
        settled == Some(("SENT".to_owned(), 2))
    })
    .await;
    assert_eq!(mails(&world.folder().join("mailbox")).len(), 1);
}
