//! The tail: nothing is missed after it opened, and what may have been missed is told.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use souk_process::Shutdown;
use souk_subgraph::kafka::{Producer, Tail, TailMessage};
use souk_testing::Broker;

use crate::ground::{LIMIT, TOPIC, event, send, settings};

async fn tail(broker: &Broker, shutdown: &Shutdown) -> Tail {
    let tail = Tail::start(&settings(broker), TOPIC, shutdown).unwrap();
    tokio::time::timeout(LIMIT, tail.opened()).await.unwrap();
    tail
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_missed_between_the_opening_of_a_tail_and_the_reading_of_the_state() {
    let broker = Broker::start();
    let (producer, shutdown) = (Producer::new(&settings(&broker)).unwrap(), Shutdown::new());
    let (state, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let writer = tokio::spawn({
        let (producer, state, stop) = (producer.clone(), state.clone(), stop.clone());
        async move {
            while !stop.load(Ordering::SeqCst) {
                let version = state.load(Ordering::SeqCst) + 1;
                // First the state, then the event: as a commit and its relay.
                state.store(version, Ordering::SeqCst);
                send(&producer, &[&event("A", version)]).await;
            }
        }
    });
    for _ in 0..5 {
        let stopped = Shutdown::new();
        let tail = tail(&broker, &stopped).await;
        let mut subscription = tail.subscribe("A@main");
        let mut known = state.load(Ordering::SeqCst);
        let enough = known + 50;
        while known < enough {
            match tokio::time::timeout(LIMIT, subscription.next()).await.unwrap() {
                Some(TailMessage::Event(event)) if event.version > known => {
                    assert_eq!(event.version, known + 1, "one was missed");
                    known = event.version;
                }
                Some(TailMessage::Event(_)) => {}
                // Too slow for the writer: read the state again, as a client's subscription does.
                Some(TailMessage::Gap) => known = state.load(Ordering::SeqCst),
                None => panic!("the tail ended"),
            }
        }
        assert!(stopped.drain(LIMIT).await);
    }
    stop.store(true, Ordering::SeqCst);
    writer.await.unwrap();
    assert!(shutdown.drain(LIMIT).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_subscriber_is_told_that_it_missed_something_and_goes_on() {
    let broker = Broker::start();
    let (producer, shutdown) = (Producer::new(&settings(&broker)).unwrap(), Shutdown::new());
    let tail = tail(&broker, &shutdown).await;
    let (mut slow, mut quick) = (tail.subscribe("A@main"), tail.subscribe("A@main"));
    let other = tail.subscribe("B@main");
    for version in 1..=100 {
        send(&producer, &[&event("A", version)]).await;
        assert!(matches!(quick.next().await, Some(TailMessage::Event(event)) if event.version == version));
    }
    assert!(matches!(slow.next().await, Some(TailMessage::Gap)));
    let mut next = slow.next().await;
    while let Some(TailMessage::Event(event)) = &next {
        if event.version == 100 {
            break;
        }
        next = slow.next().await;
    }
    drop((slow, quick, other));
    assert!(shutdown.drain(LIMIT).await);
    assert!(tail.subscribe("A@main").next().await.is_none(), "a tail that ended has no live subscribers");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_that_lost_its_place_says_so_and_goes_on_from_the_end() {
    let broker = Broker::start();
    let (producer, shutdown) = (Producer::new(&settings(&broker)).unwrap(), Shutdown::new());
    let tail = tail(&broker, &shutdown).await;
    let mut subscription = tail.subscribe("A@main");
    send(&producer, &[&event("A", 1)]).await;
    assert!(matches!(subscription.next().await, Some(TailMessage::Event(_))));
    broker.lose_place();
    let told = tokio::time::timeout(LIMIT, subscription.next()).await.unwrap();
    assert!(matches!(told, Some(TailMessage::Gap)), "{told:?}");
    // Each partition may say so; what is sent once that is over arrives.
    for version in 2.. {
        send(&producer, &[&event("A", version)]).await;
        match tokio::time::timeout(LIMIT, subscription.next()).await.unwrap().unwrap() {
            TailMessage::Event(event) => {
                assert_eq!(event.version, version);
                break;
            }
            TailMessage::Gap => {}
        }
    }
    assert!(shutdown.drain(LIMIT).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_subscribed_while_the_broker_was_away_reads_the_state_again_when_it_is_back() {
    let broker = Broker::start();
    let shutdown = Shutdown::new();
    broker.down();
    let tail = Tail::start(&settings(&broker), TOPIC, &shutdown).unwrap();
    let mut early = tail.subscribe("A@main");
    assert!(tokio::time::timeout(Duration::from_millis(100), tail.opened()).await.is_err());
    broker.up();
    let told = tokio::time::timeout(LIMIT, early.next()).await.unwrap();
    assert!(matches!(told, Some(TailMessage::Gap)), "{told:?}");
    tail.opened().await;
    let producer = Producer::new(&settings(&broker)).unwrap();
    send(&producer, &[&event("A", 1)]).await;
    let next = tokio::time::timeout(LIMIT, early.next()).await.unwrap();
    assert!(matches!(&next, Some(TailMessage::Event(event)) if event.version == 1), "{next:?}");
    assert!(shutdown.drain(LIMIT).await);
}
