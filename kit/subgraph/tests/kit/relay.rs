//! The outbox and its relay, when all goes well and when processes come and go.

use std::collections::{HashMap, HashSet};

use souk_process::Shutdown;
use souk_subgraph::{StoreError, db::in_transaction, outbox};
use souk_testing::{Broker, Statements, until};

use crate::ground::{Ground, LIMIT, lost, published, stock};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_committed_is_published_and_nothing_else() {
    let ground = Ground::new().await;
    let shutdown = Shutdown::new();
    ground.relay("a", &shutdown);
    for version in 1..=20 {
        ground.commit("KEPT", version).await;
        let (outbox, body) = (&ground.outbox, &stock("ROLLED-BACK", version));
        let refused: Result<(), StoreError> = in_transaction(&ground.db, |tx| {
            Box::pin(async move {
                outbox.append(tx, body).await?;
                Err(lost())
            })
        })
        .await;
        refused.unwrap_err();
    }
    let found = published(&ground.broker, 20).await;
    let expected: Vec<_> = (1..=20).map(|version| ("KEPT@main".to_owned(), version)).collect();
    assert_eq!(found, expected);
    ground.all_published().await;
    let kept = outbox::events_since(&ground.db, "KEPT@main", 17, 100).await.unwrap();
    assert_eq!(kept.iter().map(|event| event.version).collect::<Vec<_>>(), [18, 19, 20]);
    ground.outbox.close();
    assert!(shutdown.drain(LIMIT).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_round_published_is_marked_with_one_statement() {
    let ground = Ground::new().await;
    for sku in 0..20 {
        ground.commit(&format!("SKU-{sku}"), 1).await;
    }
    assert_eq!(ground.number("SELECT COUNT(DISTINCT shard) FROM outbox").await, 4);
    let statements = Statements::record(&ground.database).await;
    let shutdown = Shutdown::new();
    ground.relay("a", &shutdown);
    ground.all_published().await;
    let said = statements.naming(&["outbox"]).await;
    assert_eq!(said.iter().filter(|statement| statement.contains("JOIN outbox_shards")).count(), 1, "{said:#?}");
    ground.outbox.close();
    assert!(shutdown.drain(LIMIT).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_relays_that_take_shards_from_each_other_deliver_everything_in_order() {
    const SKUS: u64 = 12;
    const VERSIONS: u64 = 40;
    let ground = Ground::new().await;
    let shutdown = Shutdown::new();
    ground.relay("a", &shutdown);
    ground.relay("b", &shutdown);
    for version in 1..=VERSIONS {
        for sku in 0..SKUS {
            ground.commit(&format!("S{sku}"), version).await;
        }
        // Every lease runs out, again and again, while its holder is at work.
        ground.run("UPDATE outbox_shards SET lease_until = '2001-01-01 00:00:00', fence = fence + 1").await;
    }
    ground.all_published().await;

    let found = published(&ground.broker, (SKUS * VERSIONS) as usize).await;
    let mut newest: HashMap<String, u64> = HashMap::new();
    for (subject, version) in found {
        let known = newest.entry(subject.clone()).or_default();
        assert!(version <= *known + 1, "{subject}: {version} came before {}", *known + 1);
        *known = version.max(*known);
    }
    assert_eq!(newest.len() as u64, SKUS);
    assert!(newest.values().all(|version| *version == VERSIONS), "{newest:?}");
    ground.outbox.close();
    assert!(shutdown.drain(LIMIT).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_died_with_its_leases_is_followed_by_another() {
    let ground = Ground::new().await;
    let first = ground.relay("a", &Shutdown::new());
    ground.commit("SKU", 1).await;
    ground.all_published().await;
    first.abort();
    first.await.unwrap_err();
    let leased = "SELECT COUNT(*) FROM outbox_shards WHERE holder LIKE 'a-%' AND lease_until > NOW(6)";
    assert_eq!(ground.number(leased).await, 4, "it died with its leases");

    let shutdown = Shutdown::new();
    ground.relay("b", &shutdown);
    ground.commit("SKU", 2).await;
    ground.all_published().await;
    assert_eq!(ground.number("SELECT COUNT(*) FROM outbox_shards WHERE holder LIKE 'b-%'").await, 4);
    let found = published(&ground.broker, 2).await;
    assert_eq!(found.iter().map(|(_, version)| *version).collect::<Vec<_>>(), [1, 2]);
    ground.outbox.close();
    assert!(shutdown.drain(LIMIT).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_requests_commit_during_a_stop_still_leaves() {
    let ground = Ground::new().await;
    let shutdown = Shutdown::new();
    ground.relay("a", &shutdown);
    ground.commit("SKU", 1).await;
    ground.all_published().await;
    shutdown.request();
    // A request that was under way when the stop came.
    ground.commit("SKU", 2).await;
    ground.outbox.close();
    assert!(shutdown.drain(LIMIT).await);
    assert_eq!(ground.unpublished().await, 0);
    let free = "SELECT COUNT(*) FROM outbox_shards WHERE holder IS NULL AND lease_until < NOW(6)";
    assert_eq!(ground.number(free).await, 4, "another replica need not wait");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_of_another_epoch_gets_the_kept_events_again_and_once() {
    let mut ground = Ground::new().await;
    let shutdown = Shutdown::new();
    let first = ground.relay("a", &shutdown);
    for version in 1..=5 {
        ground.commit("SKU", version).await;
    }
    ground.all_published().await;
    ground.outbox.close();
    assert!(shutdown.drain(LIMIT).await);
    first.await.unwrap();

    ground.broker = Broker::start();
    ground.outbox = outbox::Outbox::default();
    let shutdown = Shutdown::new();
    ground.relay("a", &shutdown);
    let found = published(&ground.broker, 5).await;
    assert_eq!(found.iter().map(|(_, version)| *version).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    ground.all_published().await;
    assert_eq!(ground.number("SELECT COUNT(DISTINCT broker_epoch) FROM outbox_shards").await, 1);

    // A third relay at the same broker publishes nothing anew.
    ground.outbox.close();
    assert!(shutdown.drain(LIMIT).await);
    ground.outbox = outbox::Outbox::default();
    let shutdown = Shutdown::new();
    ground.relay("c", &shutdown);
    ground.commit("SKU", 6).await;
    ground.all_published().await;
    let found: Vec<_> = published(&ground.broker, 6).await;
    assert_eq!(found.len(), 6, "{found:?}");
    assert_eq!(found.into_iter().collect::<HashSet<_>>().len(), 6);
    ground.outbox.close();
    assert!(shutdown.drain(LIMIT).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_no_broker_takes_is_refused_with_its_change() {
    let ground = Ground::new().await;
    let mut body = stock("SKU", 1);
    body.change = "x".repeat(1_000_000);
    let (outbox, body) = (&ground.outbox, &body);
    let refused: Result<(), StoreError> =
        in_transaction(&ground.db, |tx| Box::pin(async move { outbox.append(tx, body).await.map(|_| ()) })).await;
    assert!(refused.unwrap_err().to_string().contains("more than a broker takes"));
    until("an empty outbox", LIMIT, || async { ground.number("SELECT COUNT(*) FROM outbox").await == 0 }).await;
}
