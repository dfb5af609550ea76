//! The supergraph follows the registry.

use std::time::{Duration, Instant};

use axum::{Router, routing::any};
use reqwest::StatusCode;
use serde_json::json;

use crate::shop::{
    client::{client, codes},
    registry::Town,
    reviews, until, users,
};

const EXTRA: &str = r#"
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])
    type User @key(fields: "id") { id: ID! age: Int }
    type Query { extra: Int }
"#;
const CLASHING: &str = r#"
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@shareable"])
    type User @key(fields: "id") { id: ID! name: Int! }
    type Query { clash: Int }
"#;

fn reviews_routes() -> Router {
    reviews::routes(&reviews::Open::default())
}

/// Answers every POST with the same GraphQL response.
fn canned(answer: &'static str) -> Router {
    Router::new().route("/graphql", any(move || async move { ([("content-type", "application/json")], answer) }))
}

#[tokio::test]
async fn a_subgraph_that_joins_is_routed_at_once_and_goes_with_its_goodbye() {
    let town = Town::found().await;
    let router = town.router(&[("SOUK_ROUTER_GRACE_MS", "600000")]).await;
    let nothing = router.ask("{ users { id } }").await;
    assert_eq!(codes(&nothing), ["UNAVAILABLE"]);
    let _users = town.settle("users", users::SDL, users::routes()).await;
    let _reviews = town.settle("reviews", reviews::SDL, reviews_routes()).await;
    until("both are composed", || async { (router.query_fields().await.len() >= 5).then_some(()) }).await;
    let before = Instant::now();
    let extra = town.settle("extra", EXTRA, canned(r#"{"data":{"_entities":[{"age":40}]}}"#)).await;
    let answer = until("the new field is routed", || async {
        let answer = router.ask("{ topReview { author { name age } } }").await;
        answer.get("errors").is_none().then_some(answer)
    })
    .await;
    // The change feed brings it; the regular fetch would take ten minutes. A busy machine gets some slack.
    assert!(before.elapsed() < Duration::from_secs(3), "{:?}", before.elapsed());
    println!("registered to routed: {:?}", before.elapsed());
    assert_eq!(answer["data"]["topReview"]["author"], json!({"name": "Ann", "age": 40}));

    extra.handle.deregister().await;
    until("its fields go", || async { (!router.query_fields().await.contains(&"extra".to_owned())).then_some(()) })
        .await;
    let answer = router.ask("{ topReview { author { name age } } }").await;
    assert_eq!(codes(&answer), ["GRAPHQL_VALIDATION_FAILED"]);
    assert_eq!(router.ask("{ users { id } }").await["data"]["users"][1]["id"], "2");
}

#[tokio::test]
async fn a_clashing_schema_is_refused_and_named_and_the_last_good_one_serves_on() {
    let town = Town::found().await;
    let _users = town.settle("users", users::SDL, users::routes()).await;
    let router = town.router(&[]).await;
    until("users are there", || async { (!router.query_fields().await.is_empty()).then_some(()) }).await;
    let clashing = town.settle("clash", CLASHING, canned("{}")).await;
    let refusals = until("the refusal is told", || async {
        let refusals = router.refusals().await;
        (!refusals.is_empty()).then_some(refusals)
    })
    .await;
    assert_eq!((refusals.len(), &refusals[0]["subgraph"]), (1, &json!("clash")));
    let reasons = refusals[0]["errors"].to_string();
    assert!(reasons.contains("User.name"), "{reasons}");
    assert_eq!(router.ask("{ users { name } }").await["data"]["users"][0]["name"], "Ann");
    let metrics = client().get(format!("http://{}/metrics", router.admin)).send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("router_supergraph_refusals_total{subgraph=\"clash\"}"), "{metrics}");
    // Another subgraph may still join.
    let _reviews = town.settle("reviews", reviews::SDL, reviews_routes()).await;
    until("reviews are there", || async {
        router.query_fields().await.contains(&"topReview".to_owned()).then_some(())
    })
    .await;
    clashing.handle.deregister().await;
    until("the refusal is over", || async { router.refusals().await.is_empty().then_some(()) }).await;
}

#[tokio::test]
async fn an_sdl_that_is_not_what_was_registered_is_refused() {
    let town = Town::found().await;
    let router = town.router(&[]).await;
    let lying = Router::new().route("/graphql/sdl", any(|| async { "type Query { other: Int }" }));
    let served = crate::shop::Served::start(lying).await;
    let _resident = town.register_as("liar", "type Query { told: Int }", &served).await;
    let refusals = until("the refusal is told", || async {
        let refusals = router.refusals().await;
        (!refusals.is_empty()).then_some(refusals)
    })
    .await;
    assert_eq!(refusals[0]["errors"][0]["code"], "SDL_HASH_MISMATCH", "{refusals:?}");
}

#[tokio::test]
async fn the_types_of_a_crashed_subgraph_stay_for_the_grace_period() {
    let town = Town::found().await;
    let _users = town.settle("users", users::SDL, users::routes()).await;
    let mut reviews = town.settle_mortal("reviews", reviews::SDL, reviews_routes()).await;
    let router = town.router(&[("SOUK_ROUTER_GRACE_MS", "1500")]).await;
    until("both are composed", || async { (router.query_fields().await.len() >= 5).then_some(()) }).await;
    reviews.kill().await;
    let expired = until("the registry has forgotten it", || async {
        let report = router.admin_json("/admin/supergraph").await;
        let reviews = report["subgraphs"].as_array().unwrap().iter().find(|s| s["name"] == "reviews").cloned();
        reviews.is_some_and(|reviews| reviews["instances"] == json!([])).then(Instant::now)
    })
    .await;
    let answer = router.ask("{ users { id } topReview { id } }").await;
    assert_eq!((codes(&answer), &answer["data"]["users"][0]["id"]), (vec!["UNAVAILABLE"], &json!("1")), "{answer}");
    until("its types go", || async { (!router.query_fields().await.contains(&"topReview".to_owned())).then_some(()) })
        .await;
    assert!(expired.elapsed() > Duration::from_millis(1200), "{:?}", expired.elapsed());
}

#[tokio::test]
async fn during_a_rolling_deploy_new_fields_go_to_new_instances_alone() {
    const OLD: &str = "type Query { old: String }";
    const NEW: &str = "type Query { old: String new: String }";
    const BREAKING: &str = "type Query { old: Int }";
    let town = Town::found().await;
    let one = town.settle("s", OLD, canned(r#"{"data":{"old":"1"}}"#)).await;
    let router = town.router(&[("SOUK_ROUTER_GRACE_MS", "600000")]).await;
    until("the old schema serves", || async { (router.query_fields().await == ["old"]).then_some(()) }).await;
    let mut two = town.settle("s", NEW, canned(r#"{"data":{"old":"2","new":"2"}}"#)).await;
    until("the new field is there", || async { (router.query_fields().await == ["old", "new"]).then_some(()) }).await;
    for _ in 0..20 {
        assert_eq!(router.ask("{ new }").await, json!({"data": {"new": "2"}}));
    }
    // The only instance with the new field refuses connections: what the old one can do, it does.
    two.served.kill().await;
    for _ in 0..5 {
        assert_eq!(router.ask("{ old }").await, json!({"data": {"old": "1"}}));
    }
    assert_eq!(codes(&router.ask("{ new }").await), ["UNAVAILABLE"]);
    two.handle.deregister().await;
    let two = town.settle("s", NEW, canned(r#"{"data":{"old":"2","new":"2"}}"#)).await;
    until("the new field is back", || async { (router.ask("{ new }").await["data"]["new"] == "2").then_some(()) })
        .await;
    let asked = one.served.asked();
    let three = town.settle("s", BREAKING, canned(r#"{"data":{"old":3}}"#)).await;
    one.handle.deregister().await;
    for _ in 0..20 {
        assert_eq!(
            router.ask("{ new old }").await["data"],
            json!({"new": "2", "old": "2"}),
            "the breaking schema waits"
        );
    }
    assert!(one.served.asked() <= asked + 1, "who said goodbye is not asked");
    two.handle.deregister().await;
    until("the breaking schema serves", || async { (router.ask("{ old }").await["data"]["old"] == 3).then_some(()) })
        .await;
    drop(three);
}

#[tokio::test]
async fn a_router_that_starts_without_a_registry_serves_what_the_last_one_kept() {
    let town = Town::found().await;
    let users = town.settle("users", users::SDL, users::routes()).await;
    let router = town.router(&[]).await;
    until("users are there", || async { (!router.query_fields().await.is_empty()).then_some(()) }).await;
    until("it is kept", || async { town.state_dir().join("supergraph.json").exists().then_some(()) }).await;
    drop(router);
    town.abandon().await;
    let again = town.router(&[]).await;
    assert_eq!(again.ask("{ users { name } }").await["data"]["users"][1]["name"], "Bob");
    until("the outage is told", || async {
        let report = again.admin_json("/admin/supergraph").await;
        report["stale_since"].is_string().then_some(())
    })
    .await;
    drop(users);
}

#[tokio::test]
async fn queries_survive_the_death_of_one_of_two_instances() {
    let town = Town::found().await;
    let mut one = town.settle("users", users::SDL, users::routes()).await;
    let two = town.settle("users", users::SDL, users::routes()).await;
    let router = town.router(&[]).await;
    until("both instances are known", || async {
        let report = router.admin_json("/admin/supergraph").await;
        (report["subgraphs"][0]["instances"].as_array().is_some_and(|all| all.len() == 2)).then_some(())
    })
    .await;
    one.served.kill().await;
    for _ in 0..5 {
        for answer in town.ask_at_once(&router, "{ users { id } }").await {
            assert!(answer.get("errors").is_none(), "{answer}");
        }
    }
    assert!(two.served.asked() >= 50, "{}", two.served.asked());
}

#[tokio::test]
async fn paths_of_one_service_are_passed_through_unchanged() {
    let town = Town::found().await;
    let echo = Router::new().fallback(|request: axum::extract::Request| async move {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let signature = parts.headers.get("x-signature").map(|value| value.to_str().unwrap().to_owned());
        let text = format!("{} {} {signature:?} {}", parts.method, parts.uri, String::from_utf8_lossy(&body));
        (StatusCode::CREATED, [("x-from", "payments")], text)
    });
    let payments = town.settle_plain("payments", echo).await;
    let router = town.router(&[("SOUK_ROUTER_FORWARD", "/webhooks/=PAYMENTS,/.well-known/=ACCOUNTS")]).await;
    let post = || {
        client()
            .post(router.url("/webhooks/sandbox?a=b%20c"))
            .header("x-signature", "s=1")
            .body("{ \"raw\" : 1 }")
            .send()
    };
    let answer = until("payments are known", || async {
        let answer = post().await.unwrap();
        (answer.status() == StatusCode::CREATED).then_some(answer)
    })
    .await;
    assert_eq!(answer.headers()["x-from"], "payments");
    let text = answer.text().await.unwrap();
    assert_eq!(text, "POST /webhooks/sandbox?a=b%20c Some(\"s=1\") { \"raw\" : 1 }");
    let none = client().get(router.url("/.well-known/jwks.json")).send().await.unwrap();
    assert_eq!(none.status(), StatusCode::SERVICE_UNAVAILABLE);
    let elsewhere = client().get(router.url("/admin")).send().await.unwrap();
    assert_eq!(elsewhere.status(), StatusCode::NOT_FOUND);
    drop(payments);
}
