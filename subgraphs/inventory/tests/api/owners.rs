//! Products and orders, as far as inventory asks them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{Json, Router, extract::State, http::HeaderMap, routing::post};
use serde_json::{Value, json};
use souk_contracts::{OrderId, events::Envelope};

/// The first question about the events of each subject finds their owner unavailable.
#[derive(Clone, Default)]
pub struct Owners {
    events: Arc<Mutex<HashMap<String, Vec<Envelope>>>>,
    asked: Arc<Mutex<Vec<String>>>,
    standings: Arc<Mutex<Option<HashMap<String, &'static str>>>>,
}

impl Owners {
    pub async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/graphql", post(answer)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    pub fn keep(&self, event: &Envelope) {
        self.events.lock().unwrap().entry(event.subject.clone()).or_default().push(event.clone());
    }

    /// Where orders stand; until it is told, orders is unavailable. Orders that are not named do not exist; `MOVING`
    /// ones are being changed just now.
    pub fn orders_stand(&self, standings: &[(OrderId, &'static str)]) {
        let standings = standings.iter().map(|(order, status)| (order.to_string(), *status)).collect();
        *self.standings.lock().unwrap() = Some(standings);
    }

    pub fn times_asked(&self, subject: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| *asked == subject).count()
    }

    fn note(&self, subject: &str) {
        self.asked.lock().unwrap().push(subject.to_owned());
    }

    fn events_since(&self, variables: &Value) -> Option<Value> {
        let subject = variables["id"].as_str().unwrap();
        let since = variables["version"].as_u64().unwrap();
        self.note(subject);
        if self.times_asked(subject) == 1 {
            return None;
        }
        let kept = self.events.lock().unwrap().get(subject).cloned().unwrap_or_default();
        let newer = kept.iter().filter(|event| event.version > since);
        Some(json!({ "eventsSince": newer.map(|event| serde_json::to_string(event).unwrap()).collect::<Vec<_>>() }))
    }

    fn order_standings(&self, variables: &Value) -> Option<Value> {
        let asked = variables["orderIds"].as_array().unwrap();
        for id in asked {
            self.note(id.as_str().unwrap());
        }
        let standings = self.standings.lock().unwrap().clone()?;
        let standing = |id: &Value| match standings.get(id.as_str().unwrap()) {
            Some(&"MOVING") => None,
            status => Some(json!({ "orderId": id, "status": status })),
        };
        Some(json!({ "orderStandings": asked.iter().filter_map(standing).collect::<Vec<_>>() }))
    }
}

async fn answer(State(owners): State<Owners>, headers: HeaderMap, Json(request): Json<Value>) -> Json<Value> {
    assert!(headers["authorization"].to_str().unwrap().starts_with("Bearer "));
    let data = match request["operationName"].as_str() {
        Some("EventsSince") => owners.events_since(&request["variables"]),
        Some("OrderStandings") => owners.order_standings(&request["variables"]),
        other => panic!("inventory asked {other:?}, which no owner knows"),
    };
    let away = json!([{ "message": "in a moment", "extensions": { "code": "UNAVAILABLE" } }]);
    Json(data.map_or_else(|| json!({ "data": null, "errors": away }), |data| json!({ "data": data })))
}
