//! Every message form against its golden fixture, JSON and XML, under both base paths.

use reqwest::Method;
use serde_json::Value;

use crate::running::{PAYMENTS, Registry, fixture};

/// Times of the run in place: what is a number must be one, what is a text must be one.
fn with_times_marked(value: &mut Value) {
    let is_now = |millis: i64| millis > 1_700_000_000_000;
    match value {
        Value::Number(number) if number.as_i64().is_some_and(is_now) => *value = "<now, a number>".into(),
        Value::String(text) if text.parse().is_ok_and(is_now) => *value = "<now, a text>".into(),
        Value::Array(items) => items.iter_mut().for_each(with_times_marked),
        Value::Object(fields) => fields.values_mut().for_each(with_times_marked),
        _ => {}
    }
}

fn xml_with_times_marked(text: &str) -> String {
    let parts = text.split_inclusive(['<', '>']).map(|part| match part.strip_suffix('<') {
        Some(number) if number.len() == 13 && number.starts_with('1') && !number.starts_with("16") => "NOW<",
        _ => part,
    });
    parts.collect()
}

/// Without the white space that makes the fixture readable.
fn compact(xml: &str) -> String {
    xml.lines().map(str::trim).collect()
}

async fn expect(registry: &Registry, path: &str, golden: &str) {
    for base in ["", "/v2"] {
        for slash in ["", "/"] {
            let path = format!("{base}{path}{slash}");
            let answer = registry.get(&path, "application/json").await;
            assert_eq!(answer.headers()["content-type"], "application/json", "{path}");
            let mut json: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
            with_times_marked(&mut json);
            let expected: Value = serde_json::from_str(&fixture(&format!("{golden}.json"))).unwrap();
            assert_eq!(json, expected, "{path} as JSON: {json:#}");

            let answer = registry.get(&path, "*/*").await;
            assert_eq!(answer.headers()["content-type"], "application/xml", "{path}");
            let xml = xml_with_times_marked(&answer.text().await.unwrap());
            assert_eq!(xml, compact(&fixture(&format!("{golden}.xml"))), "{path} as XML");
        }
    }
}

#[tokio::test]
async fn every_answer_has_the_form_of_its_fixture() {
    let registry = Registry::start().await;
    expect(&registry, "/apps", "empty").await;
    assert_eq!(registry.register("ORDERS", fixture("register.json"), "application/json").await.status(), 204);
    assert_eq!(registry.register("PAYMENTS", fixture("register_least.json"), "application/json").await.status(), 204);
    expect(&registry, "/apps", "applications").await;
    expect(&registry, "/apps/ORDERS", "application").await;
    expect(&registry, "/apps/orders", "application").await;
    expect(&registry, "/apps/ORDERS/10.0.0.7:orders:8080", "instance").await;
    expect(&registry, "/apps/ORDERS/10.0.0.7%3Aorders%3A8080", "instance").await;
    expect(&registry, "/instances/10.0.0.7:orders:8080", "instance").await;
    expect(&registry, "/vips/orders", "vip").await;
    expect(&registry, "/svips/orders-secure", "vip").await;
    assert_eq!(registry.write(Method::DELETE, "/apps/PAYMENTS/p1", PAYMENTS).await.status(), 200);
    expect(&registry, "/apps/delta", "delta").await;
}

#[tokio::test]
async fn what_is_not_there_is_404_with_an_empty_body() {
    let registry = Registry::start().await;
    for path in ["/apps/ORDERS", "/apps/ORDERS/a", "/instances/a", "/vips/orders", "/svips/orders", "/nothing"] {
        let answer = registry.get(path, "application/json").await;
        assert_eq!(answer.status(), 404, "{path}");
        assert_eq!(answer.text().await.unwrap(), "", "{path}");
    }
}

#[tokio::test]
async fn a_registration_may_be_json_xml_or_gzipped_with_the_same_result() {
    let registry = Registry::start().await;
    for (name, body, kind) in [
        ("json", fixture("register.json"), "application/json"),
        ("json with charset", fixture("register.json"), "application/json;charset=UTF-8"),
        ("xml", fixture("register.xml"), "application/xml"),
    ] {
        assert_eq!(registry.register("ORDERS", body, kind).await.status(), 204, "{name}");
        expect(&registry, "/apps/ORDERS", "application").await;
    }
    let path = format!("{}/tests/fixtures/register.json.gz", env!("CARGO_MANIFEST_DIR"));
    let request = registry.request(Method::POST, "/apps/ORDERS").header("content-type", "application/json");
    let request = request.header("content-encoding", "gzip").body(std::fs::read(path).unwrap());
    let answer = request.basic_auth("orders", Some("orders-secret")).send().await.unwrap();
    assert_eq!(answer.status(), 204);
    expect(&registry, "/apps/ORDERS", "application").await;
}

#[tokio::test]
async fn answers_are_gzipped_when_that_is_accepted() {
    let registry = Registry::start().await;
    registry.register("ORDERS", fixture("register.json"), "application/json").await;
    let request = registry.request(Method::GET, "/apps").header("accept-encoding", "gzip");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    assert!(answer.bytes().await.unwrap().starts_with(&[0x1f, 0x8b]));
}

#[tokio::test]
async fn a_registration_that_is_incomplete_or_unreadable_is_400_with_the_reason() {
    let registry = Registry::start().await;
    for (name, value, expected) in [
        ("hostName", Value::Null, "Missing hostname"),
        ("ipAddr", "".into(), "Missing ip address"),
        ("app", Value::Null, "Missing appName"),
        ("app", "PAYMENTS".into(), "Mismatched appName, expecting ORDERS but was PAYMENTS"),
        ("dataCenterInfo", Value::Null, "Missing dataCenterInfo"),
        ("dataCenterInfo", serde_json::json!({}), "Missing dataCenterInfo Name"),
    ] {
        let answer = registry.register_with(&[(name, value)]).await;
        assert_eq!(answer.status(), 400, "{expected}");
        assert_eq!(answer.text().await.unwrap(), expected);
    }
    for (body, kind) in
        [("{", "application/json"), ("[]", "application/json"), ("<instance>", "application/xml"), ("<a/>", "text/xml")]
    {
        let answer = registry.register("ORDERS", body, kind).await;
        assert_eq!(answer.status(), 400, "{body}");
        assert!(answer.text().await.unwrap().starts_with("Unreadable instance: "), "{body}");
    }
    let answer = registry.register("ORDERS", "x".repeat(300 * 1024), "application/json").await;
    assert_eq!(answer.status(), 413);
    expect(&registry, "/apps", "empty").await;
}
