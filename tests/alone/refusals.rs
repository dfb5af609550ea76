//! What a service says when it cannot start: one clear sentence on standard error, and exit status 1.

use std::net::TcpListener;

use souk_testing::{Broker, MySql};

use crate::process::{Ground, free_address};

/// Starts `service`, which must refuse, and gives its sentence.
fn refusal(ground: &Ground, service: &str, more: &str) -> String {
    let refused = ground.start(service, more);
    let (status, told) = (refused.wait(), refused.told());
    assert_eq!(status, Some(1), "{service}: {told}");
    assert_eq!(told.lines().count(), 1, "{service}: {told}");
    assert!(told.starts_with("souk: "), "{service}: {told}");
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_database_a_service_does_not_start() {
    let broker = Broker::start();
    let nobody = free_address();
    let ground = Ground::new(&nobody.to_string(), &broker.brokers());
    ground.run(&["trust", "admin"]);
    for service in ["accounts", "orders"] {
        let told = refusal(&ground, service, "");
        assert!(told.contains(&format!("database of {service}")) && told.contains("SOUK_MYSQL_URL"), "{told}");
        assert!(told.contains(&nobody.to_string()) || told.contains("refused"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_broker_a_service_does_not_start() {
    let nobody = free_address();
    let ground = Ground::new("127.0.0.1:3306", &nobody.to_string());
    ground.run(&["trust", "admin"]);
    for service in ["products", "payments"] {
        let told = refusal(&ground, service, "");
        assert!(told.contains(&nobody.to_string()) && told.contains("SOUK_KAFKA_BROKERS"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_variable_is_named_and_no_secret_is_told() {
    let ground = Ground::new("127.0.0.1:3306", "127.0.0.1:9092");
    ground.run(&["trust", "admin"]);
    let more = "SOUK_MYSQL_POOL=many\nSOUK_PROFILE=test\nSOUK_LOG='a=b=c'\nSOUK_TRUST_BUNDLE=\nSOUK_LISTEN=here";
    let told = refusal(&ground, "inventory", more);
    for variable in ["SOUK_MYSQL_POOL", "SOUK_PROFILE", "SOUK_LOG", "SOUK_TRUST_BUNDLE", "SOUK_LISTEN"] {
        assert!(told.contains(variable), "{variable}: {told}");
    }
    assert!(!told.contains("mysql://"), "{told}");
    let told = refusal(&ground, "router", "SOUK_ROUTER_RATE=fast");
    assert!(told.contains("SOUK_ROUTER_RATE"), "{told}");
    let told = refusal(&ground, "discovery", "SOUK_DISCOVERY_CREDENTIALS=/nowhere");
    assert!(told.contains("SOUK_DISCOVERY_CREDENTIALS"), "{told}");
    let told = refusal(&ground, "provider", "SOUK_PROVIDER_WEBHOOK_URL=nowhere");
    assert!(told.contains("SOUK_PROVIDER_WEBHOOK_URL"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_named() {
    let (mysql, broker) = (MySql::own().await, Broker::start());
    let ground = Ground::new(&format!("127.0.0.1:{}", mysql.port), &broker.brokers());
    ground.run(&["trust", "mysql", "admin"]);
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = held.local_addr().unwrap();
    for service in ["discovery", "provider", "router", "products"] {
        // Without a registry, since none runs here and each try would be a line.
        let registry = if service == "products" { "SOUK_DISCOVERY_URLS=" } else { "" };
        let told = refusal(&ground, service, &format!("SOUK_LISTEN={address}\n{registry}"));
        assert!(told.contains(&address.to_string()) && told.contains("in use"), "{told}");
    }
    let told = refusal(&ground, "router", &format!("SOUK_ADMIN_LISTEN={address}"));
    assert!(told.contains("admin") && told.contains("in use"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_or_bundle_that_cannot_be_read_is_named() {
    let broker = Broker::start();
    let ground = Ground::new("127.0.0.1:3306", &broker.brokers());
    ground.run(&["trust", "admin"]);
    let told = refusal(&ground, "orders", "SOUK_SERVICE_KEY=/nowhere/orders.key.json");
    assert!(told.contains("/nowhere/orders.key.json"), "{told}");
    let told = refusal(&ground, "orders", "SOUK_TRUST_BUNDLE=/nowhere/bundle.json");
    assert!(told.contains("/nowhere/bundle.json"), "{told}");
}
