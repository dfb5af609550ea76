//! The relay when the broker or its lease is away.

use souk_process::Shutdown;
use souk_testing::until;

use crate::ground::{Ground, LIMIT, published};

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_the_broker_delays_events_and_loses_none() {
    let ground = Ground::new().await;
    let shutdown = Shutdown::new();
    ground.relay("a", &shutdown);
    ground.commit("SKU", 1).await;
    ground.all_published().await;

    ground.broker.down();
    for version in 2..=30 {
        ground.commit("SKU", version).await;
    }
    // A whole try of the relay ends without an ack (librdkafka gives up after 10 s): nothing may be marked by it.
    let tried = "SELECT COUNT(*) FROM outbox_shards WHERE holder LIKE 'a-%' AND fence > 1";
    until("a try that outlived its lease", LIMIT, || async { ground.number(tried).await > 0 }).await;
    assert_eq!(ground.unpublished().await, 29);
    ground.broker.up();
    ground.all_published().await;

    let found = published(&ground.broker, 30).await;
    let mut newest = 0;
    for (_, version) in found {
        assert!(version <= newest + 1, "{version} came before {}", newest + 1);
        newest = newest.max(version);
    }
    assert_eq!(newest, 30);
    ground.outbox.close();
    assert!(shutdown.drain(LIMIT).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_that_slept_past_its_lease_marks_nothing() {
    let ground = Ground::new().await;
    let shutdown = Shutdown::new();
    ground.relay("sleeper", &shutdown);
    ground.commit("SKU", 1).await;
    ground.all_published().await;

    // It has handed the event to the broker and waits; meanwhile another one takes all shards.
    ground.broker.down();
    ground.commit("SKU", 2).await;
    let taken = "UPDATE outbox_shards SET holder = 'other', fence = fence + 1, lease_until = NOW(6) + INTERVAL 1 HOUR";
    ground.run(taken).await;
    ground.broker.up();
    let found = published(&ground.broker, 2).await;
    assert_eq!(found.last().unwrap().1, 2, "the sleeper's event arrives");
    assert_eq!(ground.unpublished().await, 1, "and is not the sleeper's to mark");

    let freed = "UPDATE outbox_shards SET holder = NULL, lease_until = '2001-01-01 00:00:00'";
    ground.run(freed).await;
    ground.all_published().await;
    let found = published(&ground.broker, 3).await;
    assert_eq!(found.iter().map(|(_, version)| *version).collect::<Vec<_>>(), [1, 2, 2], "twice, in order");
    ground.outbox.close();
    assert!(shutdown.drain(LIMIT).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_goes_on_when_the_broker_has_forgotten_its_producer() {
    let ground = Ground::new().await;
    let shutdown = Shutdown::new();
    ground.relay("a", &shutdown);
    ground.commit("SKU", 1).await;
    ground.all_published().await;
    ground.broker.forget_producers();
    ground.commit("SKU", 2).await;
    ground.commit("SKU", 3).await;
    ground.all_published().await;
    let found = published(&ground.broker, 3).await;
    assert_eq!(found.last().unwrap().1, 3);
    ground.outbox.close();
    assert!(shutdown.drain(LIMIT).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_does_not_wait_for_a_broker_that_is_away() {
    let ground = Ground::new().await;
    let shutdown = Shutdown::new();
    ground.relay("a", &shutdown);
    ground.commit("SKU", 1).await;
    ground.all_published().await;
    ground.broker.down();
    ground.commit("SKU", 2).await;
    shutdown.request();
    ground.outbox.close();
    assert!(shutdown.drain(std::time::Duration::from_secs(5)).await, "it said goodbye in time");
    assert_eq!(ground.unpublished().await, 1);
}
