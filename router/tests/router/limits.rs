//! Operations made to hurt are refused at the door, at once.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use reqwest::{StatusCode, header};
use serde_json::{Value as Json, json};

use crate::shop::{
    Shop,
    client::{client, codes},
};

/// What a refusal may take with everything from socket to socket, also in a build without optimisation. Of several
/// tries the fastest counts: other tests use the machine at the same time.
const LIMIT: Duration = Duration::from_millis(5);
const TRIES: usize = 10;

/// 2^30 fields in 1.2 KB.
fn fragment_bomb() -> String {
    let mut text = "{ users { ...F0 } }\n".to_owned();
    for level in 0..30 {
        writeln!(text, "fragment F{level} on User{{...F{0} ...F{0}}}", level + 1).unwrap();
    }
    text + "fragment F30 on User{id}"
}

#[tokio::test]
async fn bombs_of_fragments_aliases_and_depth_and_circles_are_refused_at_once() {
    let shop = Shop::open().await;
    let bomb = fragment_bomb();
    assert!(bomb.len() < 1_250, "{}", bomb.len());
    let aliases: String = (0..10_000).fold(String::new(), |mut text, number| {
        write!(text, "a{number}:__typename ").unwrap();
        text
    });
    let deep = "{users".repeat(10_000) + "{id}" + &"}".repeat(10_000);
    let circle = "{users{...A}} fragment A on User{id ...B} fragment B on User{...A}";
    for (query, code, told) in [
        (bomb, "LIMIT_EXCEEDED", "once its fragments are inlined"),
        (format!("{{{aliases}}}"), "LIMIT_EXCEEDED", "more than"),
        (deep, "LIMIT_EXCEEDED", "levels deep"),
        (circle.to_owned(), "GRAPHQL_VALIDATION_FAILED", "spreads itself"),
    ] {
        let (answer, fastest) = refuse(&shop, &query).await;
        assert_eq!((codes(&answer), answer.get("data")), (vec![code], None), "{answer}");
        assert!(answer.to_string().contains(told), "{answer}");
        assert!(fastest < LIMIT, "{told}: {fastest:?}");
    }
    assert_eq!((shop.users.asked(), shop.reviews.asked()), (0, 0));
}

/// The refusal, and the shortest time that it took.
async fn refuse(shop: &Shop, query: &str) -> (Json, Duration) {
    let client = client();
    let body = json!({ "query": query }).to_string();
    let mut fastest = Duration::MAX;
    let mut told = Json::Null;
    for _ in 0..TRIES {
        let request = client
            .post(shop.router.url("/graphql"))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/graphql-response+json")
            .body(body.clone());
        let began = Instant::now();
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        fastest = fastest.min(began.elapsed());
        assert_eq!(status, StatusCode::BAD_REQUEST, "{text}");
        told = serde_json::from_str(&text).unwrap();
    }
    (told, fastest)
}
