//! Live stock over graphql-transport-ws, fed from Kafka.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest as _};

use crate::harness::{ADJUST, Shop, adjustment, new_order, run};

const SOON: Duration = Duration::from_secs(30);

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

struct Watch(Socket);

impl Watch {
    async fn open(base: &str, token: Option<&str>, skus: Value) -> Self {
        let mut request = format!("{}/graphql/ws", base.replace("http", "ws")).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        let send = |value: Value| Message::text(value.to_string());
        let payload = token.map_or(json!({}), |token| json!({ "authorization": format!("Bearer {token}") }));
        socket.send(send(json!({ "type": "connection_init", "payload": payload }))).await.unwrap();
        let query = "subscription($skus: [String!]!) { stockChanged(skus: $skus) {
            sku warehouse onHand reserved available version } }";
        let payload = json!({ "query": query, "variables": { "skus": skus } });
        socket.send(send(json!({ "type": "subscribe", "id": "1", "payload": payload }))).await.unwrap();
        Self(socket)
    }

    async fn payload(&mut self) -> Value {
        loop {
            let message = tokio::time::timeout(SOON, self.0.next()).await.expect("a message in time").unwrap().unwrap();
            let Ok(message) = serde_json::from_str::<Value>(message.to_text().unwrap_or_default()) else { continue };
            match message["type"].as_str() {
                Some("next" | "error") => return message["payload"].clone(),
                Some("connection_ack" | "ping" | "pong") => {}
                other => panic!("{other:?}: {message}"),
            }
        }
    }

    async fn level(&mut self) -> (String, i64, i64, i64) {
        let payload = self.payload().await;
        assert!(payload["errors"].is_null(), "{payload}");
        let level = &payload["data"]["stockChanged"];
        let number = |field: &str| level[field].as_i64().unwrap();
        (level["sku"].as_str().unwrap().to_owned(), number("version"), number("onHand"), number("available"))
    }

    async fn code(&mut self) -> String {
        let payload = self.payload().await;
        let first = if payload.is_array() { &payload[0] } else { &payload["errors"][0] };
        first["extensions"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_snapshot_comes_first_then_every_change_from_any_replica() {
    let shop = Shop::open().await;
    let other = run(&shop.world).await;
    shop.stock("A", "main", 5).await;
    shop.stock("B", "main", 0).await;
    let mut watch = Watch::open(&other.base, Some(&shop.staff), json!(["b", "a", "A"])).await;
    assert_eq!(watch.level().await, ("A".to_owned(), 2, 5, 5));
    assert_eq!(watch.level().await, ("B".to_owned(), 1, 0, 0));
    let order = new_order();
    shop.hold(order, &[("A", 2)]).await;
    assert_eq!(watch.level().await, ("A".to_owned(), 3, 5, 3));
    shop.settle("commit", order).await;
    assert_eq!(watch.level().await, ("A".to_owned(), 4, 3, 3));
    shop.staff(ADJUST, adjustment("B", "main", 4)).await.ok();
    assert_eq!(watch.level().await, ("B".to_owned(), 2, 4, 4));
    other.shutdown.request();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watching_needs_the_scope_and_sound_skus() {
    let shop = Shop::open().await;
    let base = &shop.running.base;
    assert_eq!(Watch::open(base, None, json!(["A"])).await.code().await, "UNAUTHENTICATED");
    let customer = shop.world.identity.customer_token("cus_00000000000000000000000008".parse().unwrap());
    assert_eq!(Watch::open(base, Some(&customer), json!(["A"])).await.code().await, "FORBIDDEN");
    for skus in [json!([]), json!(["a b"]), json!(vec!["A"; 101])] {
        assert_eq!(Watch::open(base, Some(&shop.staff), skus).await.code().await, "BAD_USER_INPUT");
    }
}
