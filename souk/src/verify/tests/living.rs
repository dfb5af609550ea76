//! The check of a shop that lives: it waits for rest, reads the topics of a broker, and watches.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use souk_process::Shutdown;
use souk_subgraph::kafka::{KafkaSettings, Producer};
use souk_testing::{Broker, until};

use super::copy::{ShopCopy, finding};
use crate::verify::{Events, Pace, report::Rest, verify, watch};

const LIMIT: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_that_is_busy_is_waited_for() {
    let copy = ShopCopy::make().await;
    copy.damage("orders", "UPDATE outbox SET published_at = NULL WHERE version = 5").await;
    let hurried = verify(&copy.sources, None, Duration::ZERO).await.unwrap();
    let Rest::Never { because, .. } = &hurried.rest else { panic!("it is busy: {hurried}") };
    assert!(because[0].starts_with("2 events of orders are not published, e.g. ord_"), "{because:?}");
    assert!(!hurried.holds());

    let (report, ()) = tokio::join!(verify(&copy.sources, None, LIMIT), async {
        copy.damage("orders", "DO SLEEP(0.5); UPDATE outbox SET published_at = NOW(6) WHERE published_at IS NULL")
            .await;
    });
    let report = report.unwrap();
    assert!(report.holds(), "{report}");
    assert_eq!(finding(&report, 14).not_checked.len(), 1, "without a file nothing is known of subscribers");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_longer_kept_of_an_old_shop_is_not_missed() {
    let copy = ShopCopy::make().await;
    copy.damage("products", "UPDATE products SET created_at = NOW(6) - INTERVAL 2 DAY").await;
    copy.damage("orders", "UPDATE orders SET placed_at = NOW(6) - INTERVAL 2 DAY; DELETE FROM idempotency_keys").await;
    copy.damage("payments", "UPDATE payments SET created_at = NOW(6) - INTERVAL 2 DAY").await;
    for owner in ["products", "inventory", "orders", "payments"] {
        copy.damage(owner, "DELETE FROM outbox").await;
    }
    let report = copy.verify(&[]).await;
    assert!(report.holds(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn published_events_are_looked_for_in_the_topics_of_a_broker() {
    let mut copy = ShopCopy::make().await;
    let broker = Broker::start();
    copy.sources.events = Events::Broker(broker.brokers());
    let settings = KafkaSettings {
        brokers: broker.brokers(),
        epoch: Some(broker.epoch.clone()),
        client_id: "verify-tests".to_owned(),
    };
    let producer = Producer::new(&settings).unwrap();
    let records = copy.records().await;
    let (last, others) = records.split_last().unwrap();
    let send = |(topic, key, record): &(String, String, Vec<u8>)| (topic.clone(), key.clone(), record.clone());
    // Some twice: a relay may.
    let sent: Vec<_> = others.iter().chain(&others[..3]).map(send).collect();
    producer
        .send_all(sent.iter().map(|(topic, key, record)| (topic.as_str(), key.as_str(), record.as_slice())))
        .await
        .unwrap();
    let lacking = copy.verify(&[]).await;
    let told = &finding(&lacking, 13).violations;
    assert!(told.iter().any(|violation| violation.what.contains("is marked as published, and")), "{lacking}");

    producer.send_all([(last.0.as_str(), last.1.as_str(), last.2.as_slice())]).await.unwrap();
    let report = copy.verify(&[]).await;
    assert!(report.holds(), "{report}");
    let figures = &finding(&report, 13).figures;
    assert_eq!((figures["events"], figures["repeated events"]), (records.len() as u64 + 3, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_sees_a_violation_that_is_repaired_again() {
    let copy = ShopCopy::make().await;
    let (shutdown, told) = (Shutdown::new(), Arc::new(Mutex::new(Vec::new())));
    let heard = told.clone();
    let mut tell = move |line: &str| heard.lock().unwrap().push(line.to_owned());
    let pace = Pace { every: Duration::from_millis(20), length: None };
    let (report, ()) = tokio::join!(watch(&copy.sources, pace, &shutdown, &mut tell), async {
        copy.damage("payments", "ALTER TABLE payments DROP CONSTRAINT payments_captured").await;
        copy.damage("payments", "UPDATE payments SET captured_minor = 1991 WHERE captured_minor > refunded_minor")
            .await;
        until("the watch tells", LIMIT, || std::future::ready(!told.lock().unwrap().is_empty())).await;
        copy.damage("payments", "UPDATE payments SET captured_minor = 1990 WHERE captured_minor = 1991").await;
        shutdown.request();
    });
    let report = report.unwrap();
    assert!(!report.holds());
    assert_eq!(report.findings.len(), 3, "the continuous ones");
    assert!(told.lock().unwrap()[0].starts_with("VIOLATED 7: pay_"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_watch_of_a_sound_shop_holds() {
    let copy = ShopCopy::make().await;
    let pace = Pace { every: Duration::from_millis(10), length: Some(Duration::from_millis(200)) };
    let report = watch(&copy.sources, pace, &Shutdown::new(), &mut |line| panic!("{line}")).await.unwrap();
    assert!(report.holds(), "{report}");
    assert!(matches!(report.rest, Rest::NotAsked { looks: 2.., missed: 0 }), "{report}");
}
