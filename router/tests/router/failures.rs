//! Subgraphs that fail.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;

use crate::shop::{Shop, client::codes, subgraph_list, until, users};

#[tokio::test]
async fn a_subgraph_that_is_gone_costs_its_own_fields_alone() {
    let mut shop = Shop::open().await;
    shop.reviews.kill().await;
    let answer = shop.ask("{ users { name } topReview { body } }").await;
    assert_eq!(
        answer["data"],
        json!({"users": [{"name": "Ann"}, {"name": "Bob"}, {"name": "Cid"}], "topReview": null})
    );
    assert_eq!(codes(&answer), ["UNAVAILABLE"]);
    assert_eq!(
        (&answer["errors"][0]["path"], &answer["errors"][0]["extensions"]["service"]),
        (&json!(["topReview"]), &json!("reviews"))
    );
    assert!(!answer.to_string().contains("127.0.0.1"), "no address leaks: {answer}");
}

#[tokio::test]
async fn a_subgraph_that_is_slow_is_given_up_in_time() {
    let shop = Shop::open_with(&[("SOUK_ROUTER_SUBGRAPH_TIMEOUT_MS", "200")]).await;
    let started = tokio::time::Instant::now();
    let answer = shop.ask("{ slow(millis: 60000) topReview { body } }").await;
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(answer["data"], json!({"slow": null, "topReview": {"body": "review 3"}}));
    assert_eq!(codes(&answer), ["UNAVAILABLE"]);
}

#[tokio::test]
async fn errors_of_subgraphs_keep_their_code_at_the_clients_path() {
    let shop = Shop::open().await;
    let answer = shop.ask("{ all: users { n: nickname } }").await;
    assert_eq!(answer["data"], json!({"all": [{"n": "Anny"}, {"n": "Boby"}, {"n": null}]}));
    let error = &answer["errors"][0];
    assert_eq!(
        (&error["path"], &error["extensions"]),
        (&json!(["all", 2, "n"]), &json!({"code": "NOT_FOUND", "service": "users"}))
    );
}

#[tokio::test]
async fn a_changed_list_is_composed_again_and_a_broken_one_is_refused() {
    let shop = Shop::open().await;
    let file = shop.folder.path().join("subgraphs.json");
    let alone = users::SDL.replace("users: [User!]!", "users: [User!]! more: Int");
    std::fs::write(&file, subgraph_list(&[("users", shop.users.address, &alone)])).unwrap();
    until("the new field is there", || async {
        let answer = shop.ask("{ __type(name: \"Query\") { fields { name } } }").await;
        answer.to_string().contains("more").then_some(())
    })
    .await;
    let answer = shop.ask("{ topReview { id } }").await;
    assert_eq!(codes(&answer), ["GRAPHQL_VALIDATION_FAILED"]);

    std::fs::write(&file, subgraph_list(&[("users", shop.users.address, "type Query { broken: Nothing }")])).unwrap();
    let report = until("the refusal is told", || async {
        let report = shop.router.admin_json("/admin/supergraph").await;
        (report["refusals"] != json!([])).then_some(report)
    })
    .await;
    assert!(report["refusals"][0]["errors"][0]["message"].as_str().unwrap().contains("Nothing"), "{report}");
    assert_eq!(shop.ask("{ users { id } }").await["data"]["users"][0]["id"], "1");
}

#[tokio::test]
async fn unknown_paths_are_not_found() {
    let shop = Shop::open().await;
    for path in ["/nothing", "/graphqlx", "/.well-known/jwks.json", "/webhooks/sandbox"] {
        let answer = crate::shop::client::client().get(shop.router.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}
