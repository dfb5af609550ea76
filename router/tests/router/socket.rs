//! graphql-transport-ws.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value as Json, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

use crate::shop::{DEADLINE, RunningRouter, Shop, reviews, subgraph_list, until, users};

struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Without `connection_init`.
    async fn open(router: &RunningRouter, path: &str, protocol: Option<&str>) -> Self {
        let mut request = format!("ws://{}{path}", router.http).into_client_request().unwrap();
        if let Some(protocol) = protocol {
            request.headers_mut().insert("sec-websocket-protocol", protocol.parse().unwrap());
        }
        Self(connect_async(request).await.unwrap().0)
    }

    async fn ready(router: &RunningRouter, payload: Json) -> Self {
        let mut socket = Self::open(router, "/graphql", Some("graphql-transport-ws")).await;
        socket.send(json!({"type": "connection_init", "payload": payload})).await;
        assert_eq!(socket.next().await, Ok(json!({"type": "connection_ack"})));
        socket
    }

    async fn send(&mut self, message: Json) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn subscribe(&mut self, id: &str, query: &str) {
        self.send(json!({"id": id, "type": "subscribe", "payload": {"query": query}})).await;
    }

    /// The next message, or the close code.
    async fn next(&mut self) -> Result<Json, u16> {
        loop {
            match timeout(DEADLINE, self.0.next()).await.expect("a message in time") {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(Some(frame)))) => return Err(frame.code.into()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("unexpected: {other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn queries_and_mutations_are_answered_and_completed() {
    let shop = Shop::open().await;
    for path in ["/graphql", "/graphql/ws"] {
        let mut socket = Socket::open(&shop.router, path, Some("graphql-transport-ws")).await;
        socket.send(json!({"type": "connection_init"})).await;
        assert_eq!(socket.next().await.unwrap()["type"], "connection_ack");
        socket.subscribe("q", "{ topReview { author { name } } }").await;
        let data = json!({"topReview": {"author": {"name": "Ann"}}});
        assert_eq!(socket.next().await, Ok(json!({"id": "q", "type": "next", "payload": {"data": data}})));
        assert_eq!(socket.next().await, Ok(json!({"id": "q", "type": "complete"})));
        socket.subscribe("m", "mutation { addReview(body: \"good\") { body author { name } } }").await;
        let data = json!({"addReview": {"body": "good", "author": {"name": "Bob"}}});
        assert_eq!(socket.next().await.unwrap()["payload"], json!({"data": data}));
        assert_eq!(socket.next().await.unwrap()["type"], "complete");
        socket.subscribe("x", "{ nothing }").await;
        let error = socket.next().await.unwrap();
        assert_eq!(
            (&error["type"], &error["payload"][0]["extensions"]["code"]),
            (&json!("error"), &json!("GRAPHQL_VALIDATION_FAILED"))
        );
        socket.send(json!({"type": "ping", "payload": {"a": 1}})).await;
        assert_eq!(socket.next().await, Ok(json!({"type": "pong", "payload": {"a": 1}})));
    }
}

#[tokio::test]
async fn each_event_of_a_subscription_is_completed_by_other_subgraphs() {
    let shop = Shop::open().await;
    let mut socket = Socket::ready(&shop.router, json!({})).await;
    socket.subscribe("1", "subscription { new: reviewAdded(count: 3) { body by: author { name } } }").await;
    for (body, name) in [("review 1", "Ann"), ("review 2", "Bob"), ("review 3", "Ann")] {
        let event = socket.next().await.unwrap();
        assert_eq!(event["payload"], json!({"data": {"new": {"body": body, "by": {"name": name}}}}), "{event}");
    }
    assert_eq!(socket.next().await, Ok(json!({"id": "1", "type": "complete"})));
}

#[tokio::test]
async fn leaving_closes_the_stream_behind_at_once() {
    let shop = Shop::open().await;
    let mut socket = Socket::ready(&shop.router, json!({})).await;
    let endless = "subscription { reviewAdded(count: 0) { id } }";
    socket.subscribe("1", endless).await;
    socket.subscribe("2", endless).await;
    until("both streams are open", || async { (shop.open.count() == 2).then_some(()) }).await;
    socket.send(json!({"id": "1", "type": "complete"})).await;
    until("one stream is closed", || async { (shop.open.count() == 1).then_some(()) }).await;
    drop(socket);
    until("no stream is left", || async { (shop.open.count() == 0).then_some(()) }).await;
}

#[tokio::test]
async fn a_stream_whose_subgraph_dies_ends_with_a_typed_error() {
    let mut shop = Shop::open().await;
    let mut socket = Socket::ready(&shop.router, json!({})).await;
    shop.reviews.kill().await;
    socket.subscribe("1", "subscription { reviewAdded(count: 0) { id } }").await;
    let error = socket.next().await.unwrap();
    assert_eq!(
        (&error["type"], &error["payload"][0]["extensions"]["code"]),
        (&json!("error"), &json!("UNAVAILABLE")),
        "{error}"
    );
}

#[tokio::test]
async fn the_token_of_connection_init_is_the_callers_in_any_case() {
    let shop = Shop::open().await;
    let token = shop.tokens.customer("");
    for payload in
        [json!({"Authorization": token}), json!({"authorization": token}), json!({"headers": {"AUTHORIZATION": token}})]
    {
        let mut socket = Socket::ready(&shop.router, payload).await;
        socket.subscribe("1", "{ me { name } }").await;
        assert_eq!(socket.next().await.unwrap()["payload"]["data"], json!({"me": {"name": "Ann"}}));
        assert_eq!(socket.next().await.unwrap()["type"], "complete");
        // The stream's subgraph gets the same token.
        socket.subscribe("2", "subscription { mine { body } }").await;
        assert_eq!(socket.next().await.unwrap()["payload"]["data"], json!({"mine": {"body": token}}));
    }
    let mut anonymous = Socket::ready(&shop.router, json!({})).await;
    anonymous.subscribe("1", "subscription { mine { body } }").await;
    let error = anonymous.next().await.unwrap();
    assert_eq!(error["payload"][0]["extensions"]["code"], "UNAUTHENTICATED", "{error}");
}

#[tokio::test]
async fn a_token_that_ends_ends_its_connection() {
    let shop = Shop::open().await;
    // Accepted for the leeway of a minute, of which one second is left.
    let token = shop.tokens.lasting("", -59);
    let mut socket = Socket::ready(&shop.router, json!({"authorization": token})).await;
    socket.subscribe("1", "subscription { heard { body } }").await;
    let mut code = None;
    while code.is_none() {
        code = socket.next().await.err();
    }
    assert_eq!(code, Some(4401));
}

#[tokio::test]
async fn every_breach_of_the_protocol_has_its_close_code() {
    let shop = Shop::open().await;
    let init = json!({"type": "connection_init"});
    let endless = |id: &str| json!({"id": id, "type": "subscribe", "payload": {"query": "subscription { reviewAdded(count: 0) { id } }"}});
    let cases = [
        (vec![json!({"type": "nonsense"})], 4400),
        (vec![json!([])], 4400),
        (vec![endless("1")], 4401),
        (vec![json!({"type": "connection_init", "payload": {"authorization": shop.tokens.expired()}})], 4403),
        (vec![json!({"type": "connection_init", "payload": {"authorization": shop.tokens.forged()}})], 4403),
        (vec![json!({"type": "connection_init", "payload": 7})], 4400),
        (vec![init.clone(), endless("1"), endless("1")], 4409),
        (vec![init.clone(), init], 4429),
    ];
    for (messages, expected) in cases {
        let mut socket = Socket::open(&shop.router, "/graphql", Some("graphql-transport-ws")).await;
        for message in &messages {
            socket.send(message.clone()).await;
        }
        let mut code = None;
        while code.is_none() {
            code = socket.next().await.err();
        }
        assert_eq!(code, Some(expected), "{messages:?}");
    }
    let mut none = Socket::open(&shop.router, "/graphql", None).await;
    assert_eq!(none.next().await, Err(4406));
}

#[tokio::test]
async fn one_connection_has_a_limited_number_of_operations() {
    let shop = Shop::open_with(&[("SOUK_ROUTER_SOCKET_OPERATIONS", "2")]).await;
    let mut socket = Socket::ready(&shop.router, json!({})).await;
    for id in ["1", "2", "3"] {
        socket.subscribe(id, "subscription { reviewAdded(count: 0) { id } }").await;
    }
    let refused = loop {
        let message = socket.next().await.unwrap();
        if message["type"] == "error" {
            break message;
        }
    };
    assert_eq!((&refused["id"], &refused["payload"][0]["extensions"]["code"]), (&json!("3"), &json!("LIMIT_EXCEEDED")));
}

#[tokio::test]
async fn a_stop_says_goodbye_to_open_connections() {
    let shop = Shop::open().await;
    let mut socket = Socket::ready(&shop.router, json!({})).await;
    let started = tokio::time::Instant::now();
    shop.router.shutdown.request();
    assert_eq!(socket.next().await, Err(1001));
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_stream_survives_a_new_supergraph_and_ends_when_it_is_no_longer_valid() {
    let shop = Shop::open().await;
    let file = shop.folder.path().join("subgraphs.json");
    let write = |users_sdl: &str| {
        let list = [("users", shop.users.address, users_sdl), ("reviews", shop.reviews.address, reviews::SDL)];
        std::fs::write(&file, subgraph_list(&list)).unwrap();
    };
    let mut socket = Socket::ready(&shop.router, json!({})).await;
    socket.subscribe("1", "subscription { reviewAdded(count: 0) { author { name } } }").await;
    assert_eq!(socket.next().await.unwrap()["type"], "next");
    write(&users::SDL.replace("name: String!", "name: String! more: Int"));
    until("the new supergraph serves", || async {
        (shop.router.admin_json("/admin/supergraph").await["version"] == 2).then_some(())
    })
    .await;
    for _ in 0..5 {
        let event = socket.next().await.unwrap();
        assert!(event["payload"]["data"]["reviewAdded"]["author"]["name"].is_string(), "{event}");
    }
    write(&users::SDL.replace("name: String!", "title: String!"));
    let last = loop {
        let message = socket.next().await.unwrap();
        if message["type"] != "next" {
            break message;
        }
    };
    assert_eq!(
        (&last["type"], &last["payload"][0]["extensions"]["code"]),
        (&json!("error"), &json!("GRAPHQL_VALIDATION_FAILED"))
    );
    until("the stream behind is closed", || async { (shop.open.count() == 0).then_some(()) }).await;
}
