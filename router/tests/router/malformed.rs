//! Subgraphs that talk nonsense: whatever comes, an error at the right path, and the rest of the answer in its place.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{StatusCode, header},
    response::Response,
    routing::post,
};
use futures_util::stream;
use router::Flags;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::shop::{RunningRouter, Served, client::codes, subgraph_list, users};

const SDL: &str = r#"
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])
    type Query { best: Int }
    type User @key(fields: "id") { id: ID! rank: Int level: Int! }
"#;
const RANKS: &str = r#"{"data":{"_entities":[{"rank":1},{"rank":2},{"rank":3}]}}"#;

/// What the subgraph says to everything.
#[derive(Clone)]
enum Says {
    Json(&'static str),
    Text(u16, &'static str),
    /// JSON, with a status that is not 200.
    Status(u16, &'static str),
    Bytes(&'static [u8]),
    Filled(usize),
    Nested(usize),
    /// The head and a piece of the body, then the connection closes.
    Half(&'static str),
    Nothing,
}

impl Says {
    async fn answer(self) -> Response {
        let (status, kind, body) = match self {
            Self::Json(text) => (200, "application/json", Body::from(text)),
            Self::Text(status, text) => (status, "text/html", Body::from(text)),
            Self::Status(status, text) => (status, "application/graphql-response+json", Body::from(text)),
            Self::Bytes(bytes) => (200, "application/json", Body::from(bytes)),
            Self::Filled(bytes) => (200, "application/json", Body::from(format!("{RANKS}{}", " ".repeat(bytes)))),
            Self::Nested(levels) => (200, "application/json", Body::from("[".repeat(levels))),
            Self::Half(text) => {
                let pieces = [Ok(Bytes::from(text)), Err(std::io::Error::other("gone"))];
                (200, "application/json", Body::from_stream(stream::iter(pieces)))
            }
            Self::Nothing => std::future::pending().await,
        };
        let status = StatusCode::from_u16(status).unwrap();
        Response::builder().status(status).header(header::CONTENT_TYPE, kind).body(body).unwrap()
    }
}

/// `users`, which is well, and `ranks`, which says what it is told to.
struct Pair {
    says: Arc<Mutex<Says>>,
    router: RunningRouter,
    _subgraphs: [Served; 2],
    _folder: TempDir,
}

impl Pair {
    async fn open() -> Self {
        let says = Arc::new(Mutex::new(Says::Json(RANKS)));
        let answer = |State(says): State<Arc<Mutex<Says>>>| {
            let says = says.lock().unwrap().clone();
            says.answer()
        };
        let ranks = Served::start(Router::new().route("/graphql", post(answer)).with_state(Arc::clone(&says))).await;
        let users = Served::start(users::routes()).await;
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("subgraphs.json");
        let list = subgraph_list(&[("users", users.address, users::SDL), ("ranks", ranks.address, SDL)]);
        std::fs::write(&file, list).unwrap();
        let variables =
            [("SOUK_ROUTER_SUBGRAPH_TIMEOUT_MS", "500".to_owned()), ("SOUK_ROUTER_ANSWER_LIMIT", "20000".to_owned())];
        let flags = Flags { subgraphs: Some(file), ..Flags::default() };
        let router = RunningRouter::start(&variables, flags, folder.path()).await;
        Self { says, router, _subgraphs: [ranks, users], _folder: folder }
    }

    /// The answer to `query` while `ranks` says this.
    async fn hear(&self, says: &Says, query: &str) -> Json {
        *self.says.lock().unwrap() = says.clone();
        self.router.ask(query).await
    }

    async fn is_well(&self) {
        let answer = self.hear(&Says::Json(RANKS), "{ users { name rank } }").await;
        assert_eq!((&answer["data"], codes(&answer).is_empty()), (&with_ranks(&[Some(1), Some(2), Some(3)]), true));
    }
}

fn with_ranks(ranks: &[Option<i32>; 3]) -> Json {
    let names = ["Ann", "Bob", "Cid"];
    let users: Vec<Json> = names.iter().zip(ranks).map(|(name, rank)| json!({ "name": name, "rank": rank })).collect();
    json!({ "users": users })
}

/// Paths and codes, each path as `users.0.rank`. None may name another subgraph; a value of the wrong type is found when
/// all are merged, and names none.
fn told(answer: &Json) -> Vec<String> {
    let errors = answer["errors"].as_array().map_or(&[][..], Vec::as_slice);
    let line = |error: &Json| {
        assert_eq!(error["extensions"]["service"].as_str().unwrap_or("ranks"), "ranks", "{answer}");
        let path = error["path"].as_array().map_or(&[][..], Vec::as_slice);
        let parts: Vec<String> = path.iter().map(|part| part.to_string().replace('"', "")).collect();
        format!("{} {}", parts.join("."), error["extensions"]["code"].as_str().unwrap_or("-"))
    };
    errors.iter().map(line).collect()
}

#[tokio::test]
async fn an_answer_that_cannot_be_used_is_an_error_at_each_field_that_it_was_for() {
    let pair = Pair::open().await;
    let broken = [
        (Says::Text(200, "<html>"), "INTERNAL"),
        (Says::Json("<html>"), "INTERNAL"),
        (Says::Json(""), "INTERNAL"),
        (Says::Status(204, ""), "INTERNAL"),
        (Says::Json("null"), "INTERNAL"),
        (Says::Json("[]"), "INTERNAL"),
        (Says::Json("{}"), "INTERNAL"),
        (Says::Json(r#"{"data":{"_entities":[{"rank":1},{"rank":2},{"rank":3}]}} {}"#), "INTERNAL"),
        (Says::Json(r#"{"data":{"_entities":[{"rank":1},{"rank":2},{"rank":3"#), "INTERNAL"),
        (
            Says::Bytes(b"{\"data\":{\"_entities\":[{\"rank\":1},{\"rank\":2},{\"rank\":3}]},\"x\":\"\xff\"}"),
            "INTERNAL",
        ),
        (Says::Json(r#"{"data":7}"#), "INTERNAL"),
        (Says::Json(r#"{"data":"x"}"#), "INTERNAL"),
        (Says::Json(r#"{"data":[{"_entities":[]}]}"#), "INTERNAL"),
        (Says::Json(r#"{"data":null}"#), "INTERNAL"),
        (Says::Json(r#"{"data":{}}"#), "INTERNAL"),
        (Says::Json(r#"{"data":{"_entities":null}}"#), "INTERNAL"),
        (Says::Json(r#"{"data":{"_entities":{"0":{"rank":1}}}}"#), "INTERNAL"),
        (Says::Json(r#"{"data":{"_entities":[]}}"#), "INTERNAL"),
        (Says::Json(r#"{"data":{"_entities":[{"rank":1},{"rank":2}]}}"#), "INTERNAL"),
        (Says::Json(r#"{"data":{"_entities":[{"rank":1},{"rank":2},{"rank":3},{"rank":4}]}}"#), "INTERNAL"),
        (Says::Json(r#"{"data":{"_entities":[1,"x",[]]}}"#), "INTERNAL"),
        (Says::Json(r#"{"data":{"_entities":[{"rank":"x"},{"rank":{}},{"rank":[1]}]}}"#), "INTERNAL"),
        (Says::Json(r#"{"data":null,"errors":"x"}"#), "INTERNAL"),
        (
            Says::Json(r#"{"data":{"_entities":[{"rank":1},{"rank":2},{"rank":3}]},"errors":{"message":"x"}}"#),
            "INTERNAL",
        ),
        (Says::Filled(20_000), "INTERNAL"),
        (Says::Nested(19_000), "INTERNAL"),
        (Says::Nothing, "UNAVAILABLE"),
        (Says::Half(r#"{"data":{"_entities":[{"rank":1},"#), "UNAVAILABLE"),
        (Says::Half(RANKS), "UNAVAILABLE"),
        (Says::Status(500, r#"{"message":"no GraphQL"}"#), "INTERNAL"),
        (Says::Status(503, RANKS), "UNAVAILABLE"),
        (Says::Text(500, RANKS), "UNAVAILABLE"),
        (Says::Text(404, "not here"), "INTERNAL"),
    ];
    for (at, (says, code)) in broken.iter().enumerate() {
        let answer = pair.hear(says, "{ users { name rank } }").await;
        assert_eq!(answer["data"], with_ranks(&[None; 3]), "{at}: {answer}");
        let expected: Vec<String> = (0..3).map(|user| format!("users.{user}.rank {code}")).collect();
        assert_eq!(told(&answer), expected, "{at}: {answer}");
        assert!(!answer.to_string().contains("127.0.0.1"), "{at}: no address leaks: {answer}");
        pair.is_well().await;
    }
}

#[tokio::test]
async fn a_root_field_whose_subgraph_talks_nonsense_fails_alone() {
    let pair = Pair::open().await;
    let broken = [
        (Says::Json("<html>"), "INTERNAL"),
        (Says::Json(""), "INTERNAL"),
        (Says::Json(r#"{"data":[1]}"#), "INTERNAL"),
        (Says::Json(r#"{"data":{"top":{"x":1}}}"#), "INTERNAL"),
        (Says::Json(r#"{"data":{"top":1},"errors":7}"#), "INTERNAL"),
        (Says::Half(r#"{"data":{"top":1}}"#), "UNAVAILABLE"),
        (Says::Nothing, "UNAVAILABLE"),
    ];
    for (at, (says, code)) in broken.iter().enumerate() {
        let answer = pair.hear(says, "{ users { name } top: best }").await;
        assert_eq!(answer["data"]["users"][2]["name"], "Cid", "{at}: {answer}");
        assert_eq!(answer["data"]["top"], Json::Null, "{at}: {answer}");
        assert_eq!(told(&answer), [format!("top {code}")], "{at}: {answer}");
    }
}

#[tokio::test]
async fn an_entity_that_is_missing_nulls_its_own_object_where_the_field_must_be_there() {
    let pair = Pair::open().await;
    let missing = Says::Json(r#"{"data":{"_entities":[{"rank":1,"level":7},null,{"rank":3,"level":9}]}}"#);
    let answer = pair.hear(&missing, "{ users { name rank } }").await;
    assert_eq!((&answer["data"], told(&answer)), (&with_ranks(&[Some(1), None, Some(3)]), vec![]));
    // `users` is a list of users that are never null, so the null goes up to the whole answer.
    let answer = pair.hear(&missing, "{ users { name level } }").await;
    assert_eq!((&answer["data"], told(&answer)), (&Json::Null, vec!["users.1.level INTERNAL".to_owned()]));
}

#[tokio::test]
async fn graphql_in_an_answer_of_status_500_counts_as_what_it_says() {
    let pair = Pair::open().await;
    let says = Says::Status(
        500,
        r#"{"data":{"_entities":[{"place":1},{"place":null},{"place":3}]},
            "errors":[{"message":"no rank","path":["_entities",1,"place"],"extensions":{"code":"CONFLICT"}}]}"#,
    );
    let answer = pair.hear(&says, "{ all: users { name place: rank } }").await;
    assert_eq!(told(&answer), ["all.1.place CONFLICT"], "{answer}");
    let places: Vec<&Json> = (0..3).map(|at| &answer["data"]["all"][at]["place"]).collect();
    assert_eq!(places, [&json!(1), &Json::Null, &json!(3)]);
    let says = Says::Status(500, r#"{"errors":[{"message":"down","extensions":{"code":"UNAVAILABLE"}}]}"#);
    let answer = pair.hear(&says, "{ users { name rank } }").await;
    assert_eq!(answer["data"], with_ranks(&[None; 3]));
    let expected: Vec<String> = (0..3).map(|user| format!("users.{user}.rank UNAVAILABLE")).collect();
    assert_eq!(told(&answer), expected);
}
