//! A subscription over graphql-transport-ws, as npm's graphql-ws speaks it.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _},
};

use crate::LIMIT;

/// The status of one order.
pub const WATCH: &str = "subscription($id: ID!, $after: String) { orderStatusChanged(orderId: $id, after: $after) {
    previousStatus status paymentStatus version cursor order { id status version customer { email } payments { state } } } }";

/// One open subscription.
#[derive(Debug)]
pub struct Live {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Live {
    /// Connects, says who it is and subscribes.
    ///
    /// # Panics
    /// When the router does not acknowledge.
    pub async fn open(ws: &str, token: Option<&str>, query: &str, variables: Value) -> Self {
        let live = Self::connect(ws, token, query, variables).await;
        live.unwrap_or_else(|| panic!("{ws} does not take the subscription"))
    }

    /// The same, for a shop that may be down: none then.
    ///
    /// # Panics
    /// When the router is there and says nothing.
    pub async fn connect(ws: &str, token: Option<&str>, query: &str, variables: Value) -> Option<Self> {
        let mut request = ws.into_client_request().expect("the ready file holds a ws URL");
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().expect("a plain value"));
        let (socket, _) = connect_async(request).await.ok()?;
        let mut live = Self { socket };
        let payload = token.map_or(json!({}), |token| json!({ "Authorization": format!("Bearer {token}") }));
        live.send(json!({ "type": "connection_init", "payload": payload })).await.ok()?;
        if live.receive().await["type"] != "connection_ack" {
            return None;
        }
        let subscribe =
            json!({ "id": "1", "type": "subscribe", "payload": { "query": query, "variables": variables } });
        live.send(subscribe).await.ok()?;
        Some(live)
    }

    /// The payload of the next event, or the whole message when it is an error or the end.
    ///
    /// # Panics
    /// When nothing comes within the limit.
    pub async fn next(&mut self) -> Value {
        let message = self.receive().await;
        if message["type"] == "next" { message["payload"].clone() } else { message }
    }

    /// Events of `orderStatusChanged` until one has this status.
    ///
    /// # Panics
    /// When the stream ends or carries errors first.
    pub async fn until_status(&mut self, status: &str) -> Vec<Value> {
        let mut seen = Vec::new();
        loop {
            let payload = self.next().await;
            let change = payload["data"]["orderStatusChanged"].clone();
            assert!(change.is_object(), "no status change but {payload}; before it {seen:#?}");
            let done = change["status"] == status;
            seen.push(change);
            if done {
                return seen;
            }
        }
    }

    async fn send(&mut self, message: Value) -> Result<(), Error> {
        self.socket.send(Message::text(message.to_string())).await
    }

    async fn receive(&mut self) -> Value {
        loop {
            let message =
                tokio::time::timeout(LIMIT, self.socket.next()).await.expect("nothing came over the socket in time");
            match message {
                Some(Ok(Message::Text(text))) => {
                    let value: Value = serde_json::from_str(&text).expect("the router sends JSON");
                    match value["type"].as_str() {
                        // One that cannot be answered is followed by the end.
                        Some("ping") => drop(self.send(json!({ "type": "pong" })).await),
                        Some("pong") => {}
                        _ => return value,
                    }
                }
                Some(Ok(Message::Close(frame))) => {
                    return json!({ "type": "closed", "code": frame.map(|frame| u16::from(frame.code)) });
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return json!({ "type": "broken", "error": error.to_string() }),
                None => return json!({ "type": "closed" }),
            }
        }
    }
}
