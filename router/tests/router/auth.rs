//! Who may read what.

use reqwest::StatusCode;
use serde_json::{Value as Json, json};

use crate::shop::{Shop, client::codes};

#[tokio::test]
async fn what_a_caller_may_not_read_is_null_with_an_error_and_never_fetched() {
    let shop = Shop::open().await;
    let anonymous = shop.ask("{ mine: me { id } }").await;
    assert_eq!((&anonymous["data"], codes(&anonymous)), (&json!({"mine": null}), vec!["UNAUTHENTICATED"]));
    assert_eq!(anonymous["errors"][0]["path"], json!(["mine"]));
    assert_eq!(shop.users.asked(), 0);

    let query = "{ me { name mail: email } topReview { author { ...F } } } fragment F on User { id email name }";
    let customer: Json = shop.router.ask_as(&shop.tokens.customer("orders:read"), query).await.json().await.unwrap();
    assert_eq!(
        customer["data"],
        json!({"me": {"name": "Ann", "mail": null}, "topReview": {"author": {"id": "1", "email": null, "name": "Ann"}}})
    );
    assert_eq!(codes(&customer), ["FORBIDDEN", "FORBIDDEN"]);
    assert_eq!(customer["errors"][1]["path"], json!(["topReview", "author", "email"]));

    let staff: Json = shop.router.ask_as(&shop.tokens.customer("x accounts:read"), query).await.json().await.unwrap();
    assert_eq!(staff["data"]["me"], json!({"name": "Ann", "mail": "ann@example.org"}));
    assert!(staff.get("errors").is_none(), "{staff}");
}

#[tokio::test]
async fn a_token_that_is_not_good_is_refused_and_never_taken_for_none() {
    let shop = Shop::open().await;
    let tokens = [
        shop.tokens.expired(),
        shop.tokens.forged(),
        "Bearer x.y.z".to_owned(),
        "Basic abc".to_owned(),
        "Bearer ".to_owned(),
    ];
    for token in tokens {
        let answer = shop.router.ask_as(&token, "{ users { id } }").await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{token}");
        let answer: Json = answer.json().await.unwrap();
        assert_eq!((answer.get("data"), codes(&answer)), (None, vec!["UNAUTHENTICATED"]), "{token}");
    }
    assert_eq!(shop.users.asked(), 0);
}

#[tokio::test]
async fn the_callers_token_and_trace_reach_the_subgraph_unchanged() {
    let shop = Shop::open().await;
    let token = shop.tokens.customer("");
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let request =
        shop.router.post(&json!({"query": "{ heard }"})).header("authorization", &token).header("traceparent", trace);
    let answer: Json = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["data"]["heard"][0], json!(token));
    assert!(
        answer["data"]["heard"][1].as_str().unwrap().starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"),
        "{answer}"
    );
}

#[tokio::test]
async fn without_a_trust_bundle_tokens_pass_on_and_open_nothing_here() {
    let shop = Shop::open_with(&[("SOUK_TRUST_BUNDLE", "-")]).await;
    let answer: Json = shop.router.ask_as("Bearer anything", "{ heard me { id } }").await.json().await.unwrap();
    assert_eq!((&answer["data"]["heard"][0], &answer["data"]["me"]), (&json!("Bearer anything"), &Json::Null));
    assert_eq!(codes(&answer), ["UNAUTHENTICATED"]);
}
