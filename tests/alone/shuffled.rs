//! The shop made of nine processes that were started in any order.

use serde_json::json;
use souk_testing::{Broker, MySql};
use souk_tests::{
    Client, LIMIT,
    client::{CARD, cart},
    eventually, goods, until,
};

use crate::process::{Ground, Service};

const SERVICES: [&str; 9] =
    ["discovery", "provider", "accounts", "products", "inventory", "orders", "payments", "notifications", "router"];

#[tokio::test(flavor = "multi_thread")]
async fn services_started_alone_in_any_order_confirm_an_order_and_stop_in_order() {
    let (mysql, broker) = (MySql::own().await, Broker::start());
    let ground = Ground::new(&format!("127.0.0.1:{}", mysql.port), &broker.brokers());
    ground.run(&["trust", "mysql", "admin"]);

    let services: Vec<Service> = shuffled().into_iter().map(|service| ground.start(service, "")).collect();
    for service in &services {
        service.ready().await;
    }
    confirm_an_order(&ground).await;

    services.iter().for_each(Service::terminate);
    for service in &services {
        assert_eq!(service.wait(), Some(0), "{}:\n{}", service.name, service.told());
        assert!(!service.told().contains("panicked"), "{}:\n{}", service.name, service.told());
    }
}

async fn confirm_an_order(ground: &Ground) {
    let anonymous = Client::new(&format!("http://{}/graphql", ground.router), None);
    all_subgraphs_joined(ground).await;
    let owner = anonymous.sign_in("owner@shop.example", "change me soon").await;
    let sku = goods::product(&owner, 5).await;

    let customer = anonymous.register().await;
    let placed = customer.place(cart(&sku, 2, CARD)).await;
    assert_eq!(placed["userErrors"], json!([]), "{placed}");
    let order = customer.order_in(&placed["order"]["id"], "CONFIRMED").await;
    assert_eq!(order["paymentStatus"], "CAPTURED", "{order}");
    // Through Kafka: the units are committed, the mail is written.
    goods::settles(&owner, &sku, (3, 0)).await;
    until("a mail in the mailbox", LIMIT, || async {
        std::fs::read_dir(ground.data().join("mailbox")).unwrap().next().is_some()
    })
    .await;
}

async fn all_subgraphs_joined(ground: &Ground) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/admin/supergraph", ground.router_admin);
    eventually("six subgraphs in the graph", LIMIT, || async {
        let report: serde_json::Value = http.get(&url).send().await.ok()?.json().await.ok()?;
        (report["subgraphs"].as_array()?.len() == 6).then_some(())
    })
    .await;
}

/// By `SOUK_TEST_SEED`, else by chance; the seed is printed.
fn shuffled() -> [&'static str; 9] {
    let given = std::env::var("SOUK_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let mut state: u64 = given.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0 >> 1);
    eprintln!("SOUK_TEST_SEED={state}");
    let mut services = SERVICES;
    for last in (1..services.len()).rev() {
        // Knuth's MMIX generator; its high bits are the random ones.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        services.swap(last, ((state >> 33) % (last as u64 + 1)) as usize);
    }
    eprintln!("in this order: {}", services.join(", "));
    services
}
