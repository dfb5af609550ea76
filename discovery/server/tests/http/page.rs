//! The status page.

use serde_json::{Value, json};

use crate::running::Registry;

#[tokio::test]
async fn the_page_shows_what_is_registered_and_runs_nothing_foreign() {
    let registry = Registry::start().await;
    registry.register_with(&[("instanceId", "<script>alert(1)</script>".into())]).await;
    for path in ["/", "/status", "/eureka/status"] {
        let request = registry.client.get(format!("http://{}{path}", registry.address)).header("accept", "text/html");
        let answer = request.send().await.unwrap();
        assert!(answer.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
        let page = answer.text().await.unwrap();
        assert!(page.contains("ORDERS") && page.contains("graphql.path=/graphql"), "{path}");
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script"), "{path}");
    }
}

#[tokio::test]
async fn the_page_is_json_for_programs() {
    let registry = Registry::start().await;
    registry.register_with(&[("instanceId", "a".into())]).await;
    let body = registry.get("/status", "application/json").await.text().await.unwrap();
    let facts: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&facts["hashCode"], &facts["selfPreservation"]), (&json!("UP_1_"), &json!("off")));
    assert_eq!(facts["applications"], json!([{"name": "ORDERS", "instances": [{"instanceId": "a", "status": "UP"}]}]));
}
