//! Watching an order over graphql-transport-ws, fed from Kafka.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest as _};

use crate::harness::{Basket, SOON, Shop, id, run};

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

struct Watch(Socket);

impl Watch {
    async fn open(base: &str, token: &str, order: &str, after: Option<&str>) -> Self {
        let mut request = format!("{}/graphql/ws", base.replace("http", "ws")).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        let send = |value: Value| Message::text(value.to_string());
        let init = json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } });
        socket.send(send(init)).await.unwrap();
        let query = "subscription($id: ID!, $after: String) { orderStatusChanged(orderId: $id, after: $after) {
                       previousStatus status paymentStatus version cursor order { id number } } }";
        let payload = json!({ "query": query, "variables": { "id": order, "after": after } });
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

    async fn change(&mut self) -> Value {
        let payload = self.payload().await;
        assert!(payload["errors"].is_null(), "{payload}");
        payload["data"]["orderStatusChanged"].clone()
    }
}

fn standing(change: &Value) -> (u64, &str, &str) {
    let text = |field: &str| change[field].as_str().unwrap();
    (change["version"].as_u64().unwrap(), text("status"), text("paymentStatus"))
}

#[tokio::test]
async fn the_snapshot_comes_first_then_every_change_from_any_replica() {
    let shop = Shop::open().await;
    let other = run(&shop.world).await;
    let order = id(&shop.place(&Basket::upi()).await);
    let mut watch = Watch::open(&other.base, &shop.customer, &order, None).await;
    let snapshot = watch.change().await;
    assert_eq!(standing(&snapshot), (3, "AWAITING_PAYMENT", "NONE"));
    assert_eq!(snapshot["order"]["id"], order);
    shop.tell(&shop.fakes.capture(&order)).await;
    let confirmed = watch.change().await;
    assert_eq!(
        (standing(&confirmed), confirmed["previousStatus"].as_str()),
        ((4, "CONFIRMED", "CAPTURED"), Some("AWAITING_PAYMENT"))
    );
    shop.cancel(&shop.customer, &order).await;
    let cancelled = watch.change().await;
    assert_eq!((standing(&cancelled), cancelled["cursor"].as_str()), ((5, "CANCELLED", "REFUNDED"), Some("5")));
    other.shutdown.drain(SOON).await;
}

#[tokio::test]
async fn after_a_cursor_comes_what_was_missed_and_nothing_else() {
    let shop = Shop::open().await;
    let order = id(&shop.place(&Basket::card()).await);
    let mut watch = Watch::open(&shop.running.base, &shop.customer, &order, Some("1")).await;
    for version in 2..=4 {
        assert_eq!(watch.change().await["version"], version);
    }
    let mut newest = Watch::open(&shop.running.base, &shop.customer, &order, Some("4")).await;
    shop.mutate(&shop.staff, "orderShip", json!({ "id": order })).await;
    assert_eq!(standing(&newest.change().await), (5, "SHIPPED", "CAPTURED"));
    assert_eq!(standing(&watch.change().await), (5, "SHIPPED", "CAPTURED"));
}

#[tokio::test]
async fn strangers_and_foreign_cursors_are_refused() {
    let shop = Shop::open().await;
    let order = id(&shop.place(&Basket::card()).await);
    let stranger = shop.world.identity.customer_token(souk_contracts::CustomerId(uuid::Uuid::new_v4()));
    let code = |payload: Value| {
        let errors = if payload.is_array() { payload } else { payload["errors"].clone() };
        errors[0]["extensions"]["code"].as_str().map(str::to_owned)
    };
    let refused = Watch::open(&shop.running.base, &stranger, &order, None).await.payload().await;
    assert_eq!(code(refused).as_deref(), Some("NOT_FOUND"));
    for cursor in ["99", "-1", "x", ""] {
        let refused = Watch::open(&shop.running.base, &shop.customer, &order, Some(cursor)).await.payload().await;
        assert_eq!(code(refused).as_deref(), Some("BAD_USER_INPUT"), "{cursor}");
    }
}
