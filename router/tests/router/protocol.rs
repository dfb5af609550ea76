//! GraphQL over HTTP.

use reqwest::{StatusCode, header};
use serde_json::{Value as Json, json};

use crate::shop::{
    Shop,
    client::{client, codes},
};

#[tokio::test]
async fn one_query_joins_two_subgraphs_under_the_clients_names() {
    let shop = Shop::open().await;
    let answer = shop
        .ask("{ best: topReview { text: body by: author { id: name who: id __typename reviews { stars } } } }")
        .await;
    assert_eq!(
        answer,
        json!({"data": {"best": {"text": "review 3", "by": {
            "id": "Ann", "who": "1", "__typename": "User", "reviews": [{"stars": 1}, {"stars": 3}],
        }}}})
    );
}

#[tokio::test]
async fn a_query_as_deep_as_the_limits_allow_is_answered() {
    let shop = Shop::open().await;
    // Bob has one review, whose author is Bob.
    let deep = "{ reviews { author ".repeat(31) + "{ id }" + &"} }".repeat(31);
    let answer = shop.ask(&format!("mutation {{ rename(id: 2, name: \"x\") {deep} }}")).await;
    assert!(answer.get("errors").is_none(), "{}", answer["errors"]);
    let text = answer.to_string();
    assert_eq!((text.matches("\"reviews\"").count(), text.matches("\"id\"").count()), (31, 1));
}

#[tokio::test]
async fn queries_come_by_get_and_by_post_and_mutations_by_post_alone() {
    let shop = Shop::open().await;
    let get = |parameters: Vec<(&'static str, &'static str)>| {
        let url = url::Url::parse_with_params(&shop.router.url("/graphql"), parameters).unwrap();
        client().get(url).send()
    };
    let variables = r#"{"on":false}"#;
    let query = "query A($on: Boolean!) { users { id } topReview @include(if: $on) { id } } query B { __typename }";
    let answer = get(vec![("query", query), ("operationName", "A"), ("variables", variables)]).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let answer: Json = answer.json().await.unwrap();
    assert_eq!(answer, json!({"data": {"users": [{"id": "1"}, {"id": "2"}, {"id": "3"}]}}));

    let rename = r#"mutation { rename(id: "1", name: "X") { name reviews { id } } }"#;
    let answer = get(vec![("query", rename)]).await.unwrap();
    assert_eq!(
        (answer.status(), &answer.headers()[header::ALLOW]),
        (StatusCode::METHOD_NOT_ALLOWED, &"POST".parse().unwrap())
    );
    let answer = shop.ask(rename).await;
    assert_eq!(answer, json!({"data": {"rename": {"name": "X", "reviews": [{"id": "1"}, {"id": "3"}]}}}));
}

#[tokio::test]
async fn every_bad_request_has_its_status_and_its_code() {
    let shop = Shop::open_with(&[("SOUK_ROUTER_QUERY_LIMIT", "5000"), ("SOUK_ROUTER_BODY_LIMIT", "20000")]).await;
    let deep = format!("{{ users {} }}", "{ reviews { author ".repeat(60) + "{ id }" + &"} }".repeat(60));
    let long = format!("{{ users {{ {} }} }}", "id ".repeat(2000));
    let aliases: Vec<String> = (0..600).map(|n| format!("a{n}:id")).collect();
    let aliases = format!("{{ users {{ {} }} }}", aliases.join(" "));
    let bomb = "query { ...A } fragment A on Query { ...B ...B } fragment B on Query { ...A }";
    let query = |text: &str| json!({ "query": text }).to_string();
    // For each body: the status under graphql-response+json, the one under json, and the code.
    let cases = [
        ("{".to_owned(), 400, 400, "BAD_USER_INPUT"),
        ("[]".to_owned(), 400, 400, "BAD_USER_INPUT"),
        ("{}".to_owned(), 400, 400, "BAD_USER_INPUT"),
        (json!({"query": "{ users { id } }", "variables": 7}).to_string(), 400, 400, "BAD_USER_INPUT"),
        (query("{ users "), 400, 200, "GRAPHQL_PARSE_FAILED"),
        (query("fragment F on User { id }"), 400, 200, "GRAPHQL_VALIDATION_FAILED"),
        (query("{ nothing }"), 400, 200, "GRAPHQL_VALIDATION_FAILED"),
        (query("{ users { id { x } } }"), 400, 200, "GRAPHQL_VALIDATION_FAILED"),
        (query(bomb), 400, 200, "GRAPHQL_VALIDATION_FAILED"),
        (query("query A { __typename } query B { __typename }"), 400, 200, "BAD_USER_INPUT"),
        (json!({"query": "{ users { id } }", "operationName": "X"}).to_string(), 400, 200, "BAD_USER_INPUT"),
        (query("query($m: Int!) { slow(millis: $m) }"), 400, 200, "BAD_USER_INPUT"),
        (
            json!({"query": "query($m: Int!) { slow(millis: $m) }", "variables": {"m": "x"}}).to_string(),
            400,
            200,
            "BAD_USER_INPUT",
        ),
        (query(&deep), 400, 200, "LIMIT_EXCEEDED"),
        (query(&long), 400, 200, "LIMIT_EXCEEDED"),
        (query(&aliases), 400, 200, "LIMIT_EXCEEDED"),
        (query(&"x".repeat(30_000)), 413, 413, "LIMIT_EXCEEDED"),
        (query("subscription { reviewAdded(count: 1) { id } }"), 400, 400, "BAD_USER_INPUT"),
        (
            json!({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "x"}}}).to_string(),
            400,
            200,
            "PERSISTED_QUERY_NOT_SUPPORTED",
        ),
    ];
    for (body, strict, lenient, code) in cases {
        for (accept, status) in [("application/graphql-response+json", strict), ("application/json", lenient)] {
            let request = client().post(shop.router.url("/graphql")).header(header::CONTENT_TYPE, "application/json");
            let answer = request.header(header::ACCEPT, accept).body(body.clone()).send().await.unwrap();
            let short: String = body.chars().take(80).collect();
            assert_eq!(answer.status().as_u16(), status, "{short} as {accept}");
            assert!(answer.headers()[header::CONTENT_TYPE].to_str().unwrap().starts_with(accept));
            let answer: Json = answer.json().await.unwrap();
            assert_eq!((answer.get("data"), codes(&answer).first()), (None, Some(&code)), "{short}: {answer}");
        }
    }
    assert_eq!(shop.users.asked() + shop.reviews.asked(), 0, "nothing was executed");
}

#[tokio::test]
async fn other_media_types_are_refused() {
    let shop = Shop::open().await;
    let url = shop.router.url("/graphql");
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let request = client().post(&url).header(header::CONTENT_TYPE, content_type);
        let answer = request.body(r#"{"query":"{ users { id } }"}"#).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type}");
    }
    let answer = shop.router.post(&json!({"query": "{ __typename }"})).header(header::ACCEPT, "text/html").send().await;
    assert_eq!(answer.unwrap().status(), StatusCode::NOT_ACCEPTABLE);
    let answer = client().get(&url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn introspection_is_answered_beside_data_in_dev() {
    let shop = Shop::open().await;
    let answer = shop
        .ask("{ a: __typename kind: __type(name: \"User\") { n: name fields { name } } users { id } __schema { queryType { name } } }")
        .await;
    let keys: Vec<&String> = answer["data"].as_object().unwrap().keys().collect();
    assert_eq!(answer["data"]["a"], "Query");
    assert_eq!(answer["data"]["kind"]["n"], "User", "{answer}");
    let fields = answer["data"]["kind"]["fields"].to_string();
    assert!(fields.contains("reviews") && fields.contains("email") && !fields.contains("_entities"), "{fields}");
    assert_eq!(answer["data"]["__schema"], json!({"queryType": {"name": "Query"}}));
    assert_eq!(keys.len(), 4);
    let only = shop.ask("{ __schema { mutationType { name } } }").await;
    assert_eq!(only, json!({"data": {"__schema": {"mutationType": {"name": "Mutation"}}}}));
}

#[tokio::test]
async fn production_hides_what_dev_shows_and_refuses_other_sites() {
    let shop = Shop::open_with(&[("SOUK_PROFILE", "production")]).await;
    let answer = shop.ask("{ __schema { queryType { name } } }").await;
    assert_eq!((answer.get("data"), codes(&answer)), (None, vec!["FORBIDDEN"]));
    let get = |path: &str| client().get(shop.router.url(path)).send();
    assert_eq!(get("/").await.unwrap().status(), StatusCode::NOT_FOUND);
    assert_eq!(get("/order-tracker/").await.unwrap().status(), StatusCode::NOT_FOUND);
    let cross = |name: &'static str, value: &'static str| {
        shop.router.post(&json!({"query": "{ users { id } }"})).header(name, value).send()
    };
    assert_eq!(cross("sec-fetch-site", "cross-site").await.unwrap().status(), StatusCode::FORBIDDEN);
    assert_eq!(cross("origin", "https://evil.example").await.unwrap().status(), StatusCode::FORBIDDEN);
    let same = cross("sec-fetch-site", "same-origin").await.unwrap();
    assert!(same.headers().get("access-control-allow-origin").is_none());
    assert_eq!(same.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_dev_profile_serves_its_pages_to_any_site() {
    let shop = Shop::open().await;
    let page = client().get(shop.router.url("/")).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    // Where the assets were not built, the page comes from the public CDN and says so.
    let page = page.text().await.unwrap();
    let offline = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("graphiql/assets/graphiql.js").exists();
    assert_eq!((page.contains("/graphiql/graphiql.js"), page.contains("unpkg.com")), (offline, !offline));
    let script = client().get(shop.router.url("/graphiql/graphiql.js")).send().await.unwrap();
    assert_eq!(script.status() == StatusCode::OK, offline);
    let climbing = client().get(shop.router.url("/graphiql/%2e%2e/package.json")).send().await.unwrap();
    assert_eq!(climbing.status(), StatusCode::NOT_FOUND);
    let tracker = client().get(shop.router.url("/order-tracker/")).send().await.unwrap();
    assert_eq!(tracker.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
    assert!(tracker.text().await.unwrap().contains("<script"));
    let preflight = client()
        .request(reqwest::Method::OPTIONS, shop.router.url("/graphql"))
        .header("origin", "http://localhost:5173")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type,authorization")
        .send()
        .await
        .unwrap();
    assert_eq!(preflight.headers()["access-control-allow-origin"], "*");
    let health = client().get(shop.router.url("/health")).send().await.unwrap();
    assert_eq!(health.status(), StatusCode::OK);
    let metrics = client().get(format!("http://{}/metrics", shop.router.admin)).send().await.unwrap();
    assert!(metrics.text().await.unwrap().contains("router_supergraph_version"));
    let report = shop.router.admin_json("/admin/supergraph").await;
    assert_eq!((&report["version"], &report["refusals"]), (&json!(1), &json!([])), "{report}");
}

#[tokio::test]
async fn one_caller_cannot_ask_without_end() {
    let shop = Shop::open_with(&[("SOUK_ROUTER_RATE", "5")]).await;
    let mut limited = 0;
    for _ in 0..12 {
        let answer = shop.router.post(&json!({"query": "{ __typename }"})).send().await.unwrap();
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            limited += 1;
            assert_eq!(codes(&answer.json().await.unwrap()), ["RATE_LIMITED"]);
        }
    }
    assert!(limited > 0);
    // Another principal has a rate of its own.
    let answer = shop.router.ask_as(&shop.tokens.customer(""), "{ __typename }").await;
    assert_eq!(answer.status(), StatusCode::OK);
}
