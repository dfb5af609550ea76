//! Who may write.

use reqwest::Method;

use crate::running::{ORDERS, PAYMENTS, Registry, fixture};

const WRITES: [(Method, &str); 6] = [
    (Method::POST, "/apps/ORDERS"),
    (Method::PUT, "/apps/ORDERS/a?status=UP"),
    (Method::DELETE, "/apps/ORDERS/a"),
    (Method::PUT, "/apps/ORDERS/a/status?value=DOWN"),
    (Method::DELETE, "/v2/apps/orders/a/status/"),
    (Method::PUT, "/apps/ORDERS/a/metadata?k=v"),
];

#[tokio::test]
async fn every_write_needs_the_credential_of_its_application() {
    let registry = Registry::start().await;
    registry.register_with(&[("instanceId", "a".into())]).await;
    let before = registry.instance("a").await.unwrap();
    for (method, path) in WRITES {
        let none = registry.request(method.clone(), path).body(fixture("register.json")).send().await.unwrap();
        let wrong = registry.write(method.clone(), path, ("orders", "guess")).await;
        let unknown = registry.write(method.clone(), path, ("nobody", "guess")).await;
        let other = registry.write(method.clone(), path, PAYMENTS).await;
        for (answer, expected) in [(none, 401), (wrong, 401), (unknown, 401), (other, 403)] {
            assert_eq!(answer.status(), expected, "{method} {path}");
            assert_eq!(answer.text().await.unwrap(), "", "{method} {path}");
        }
    }
    assert_eq!(registry.instance("a").await.unwrap(), before, "nothing has changed");
}

#[tokio::test]
async fn reads_are_open_and_pass_over_credentials() {
    let registry = Registry::start().await;
    for path in ["/apps", "/apps/delta", "/status"] {
        let with_wrong = registry.write(Method::GET, path, ("orders", "guess")).await;
        assert_eq!(
            (registry.get(path, "*/*").await.status(), with_wrong.status()),
            (200.try_into().unwrap(), 200.try_into().unwrap())
        );
    }
}

#[tokio::test]
async fn an_application_cannot_be_looked_up_under_anothers_name() {
    let registry = Registry::start().await;
    for (vip, expected) in [("payments", 403), ("orders, PAYMENTS", 403), ("orders,shop", 204)] {
        let answer = registry.register_with(&[("vipAddress", vip.into())]).await;
        assert_eq!(answer.status(), expected, "{vip}");
    }
    assert_eq!(registry.register_with(&[("secureVipAddress", "payments".into())]).await.status(), 403);
}

#[tokio::test]
async fn a_shared_credential_writes_for_every_application_where_it_is_configured() {
    let registry = Registry::start_with(&[("SOUK_DISCOVERY_SHARED_CREDENTIAL", "spring:open")]).await;
    let request = registry.request(Method::POST, "/apps/ORDERS").header("content-type", "application/json");
    let answer = request.basic_auth("spring", Some("open")).body(fixture("register.json")).send().await.unwrap();
    assert_eq!(answer.status(), 204);
    assert_eq!(registry.write(Method::PUT, "/apps/ORDERS/10.0.0.7:orders:8080", ORDERS).await.status(), 200);
}
