//! What a bad environment is told.

use souk_process::Env;
use souk_subgraph::SubgraphConfig;

#[test]
fn every_fault_of_the_environment_is_told_at_once() {
    let mut env = Env::from_pairs([
        ("SOUK_LISTEN", "here"),
        ("SOUK_MYSQL_POOL", "0"),
        ("SOUK_PROFILE", "test"),
        ("SOUK_DISCOVERY_URLS", "http://127.0.0.1:8761,nowhere"),
        ("SOUK_SERVICES", "orders"),
    ]);
    assert!(SubgraphConfig::read(&mut env, "orders").is_none());
    let told = env.finish().unwrap_err().to_string();
    for name in [
        "SOUK_MYSQL_URL",
        "SOUK_TRUST_BUNDLE",
        "SOUK_SERVICE_KEY",
        "SOUK_KAFKA_BROKERS",
        "SOUK_LISTEN",
        "SOUK_MYSQL_POOL",
        "SOUK_PROFILE",
        "SOUK_DISCOVERY_URLS",
        "SOUK_SERVICES",
    ] {
        assert!(told.contains(name), "{name} is not told: {told}");
    }
}

#[test]
fn secrets_are_never_shown() {
    let mut env = Env::from_pairs([
        ("SOUK_MYSQL_URL", "mysql://orders:s3cret@127.0.0.1/orders"),
        ("SOUK_TRUST_BUNDLE", "/trust.json"),
        ("SOUK_SERVICE_KEY", "/key.json"),
        ("SOUK_KAFKA_BROKERS", "127.0.0.1:9092"),
        ("SOUK_DISCOVERY_SECRET", "s3cret"),
    ]);
    let config = SubgraphConfig::read(&mut env, "orders").unwrap();
    assert!(env.finish().is_ok());
    assert!(!format!("{config:?}").contains("s3cret"));
}
