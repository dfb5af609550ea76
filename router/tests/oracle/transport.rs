//! The way to subgraphs that are only functions: each request is parsed and validated against the subgraph's own
//! schema, and answered by the small engine. Answers to parallel requests come in a shuffled order.

use std::{
    fmt::Write as _,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use apollo_compiler::{ExecutableDocument, request::coerce_variable_values};
use bytes::Bytes;
use router::embedded::Transport;
use serde_json::{Map, Value, json};

use super::{
    answer::Answer,
    engine::Engine,
    subgraph::Subgraph,
    world::{World, mix},
};

pub struct InProcess<'w> {
    world: &'w World,
    /// Requests so far; decides how long an answer takes.
    requests: AtomicU64,
    shuffle: u64,
    /// What subgraphs were wrongly asked for.
    complaints: Mutex<Vec<String>>,
}

impl<'w> InProcess<'w> {
    pub fn new(world: &'w World, shuffle: u64) -> Self {
        Self { world, requests: AtomicU64::new(0), shuffle, complaints: Mutex::default() }
    }

    /// How many requests came, and what was wrong with them.
    pub fn finish(self) -> (u64, Vec<String>) {
        (self.requests.into_inner(), self.complaints.into_inner().unwrap())
    }
}

impl Transport for InProcess<'_> {
    async fn send(&self, subgraph: &str, body: Bytes) -> Option<Bytes> {
        let turn = self.requests.fetch_add(1, Ordering::Relaxed);
        let subgraph = self.world.subgraphs.iter().find(|one| one.name == subgraph)?;
        // Mutations happen when they are sent, whenever the answer comes.
        let answered = answer(self.world, subgraph, &body);
        for _ in 0..mix(self.shuffle, turn) % 4 {
            tokio::task::yield_now().await;
        }
        match answered {
            Ok((answer, complaints)) => {
                self.complaints.lock().unwrap().extend(complaints);
                Some(answer)
            }
            Err(complaint) => {
                self.complaints.lock().unwrap().push(format!("{}: {complaint}", subgraph.name));
                None
            }
        }
    }
}

/// A subgraph's answer and its complaints; an error when the request is not one.
pub fn answer(world: &World, subgraph: &Subgraph, body: &[u8]) -> Result<(Bytes, Vec<String>), String> {
    let request: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let text = request["query"].as_str().ok_or("a request without a query")?;
    let document = ExecutableDocument::parse_and_validate(&subgraph.schema, text, "fetch.graphql")
        .map_err(|failure| format!("invalid request {text}\n{}", failure.errors))?;
    let operation = document.operations.get(None).map_err(|error| error.message().to_string())?;
    let given = serde_json::from_value(request["variables"].clone()).map_err(|error| error.to_string())?;
    let variables = coerce_variable_values(&subgraph.schema, operation, &given)
        .map_err(|error| format!("variables {} of {text}: {}", request["variables"], error.message()))?;
    let Value::Object(variables) = json!(&*variables) else { return Err("variables are an object".to_owned()) };
    let engine = Engine::new(world, &subgraph.schema, (&document, &variables), Some(subgraph));
    let data = engine.execute(operation);
    let (errors, complaints) = engine.finish();
    Ok((Bytes::from(response(&data, &errors)), complaints))
}

fn response(data: &Answer, errors: &[super::answer::Fault]) -> String {
    let mut whole = Map::new();
    if !errors.is_empty() {
        let errors = errors.iter().map(|fault| {
            let path: Vec<Value> = fault.path.iter().map(super::answer::Step::to_json).collect();
            json!({ "message": fault.message, "path": path, "extensions": { "code": "BOOM" } })
        });
        whole.insert("errors".to_owned(), errors.collect());
    }
    let mut text = format!("{{\"data\":{data}");
    for (key, value) in &whole {
        write!(text, ",\"{key}\":{value}").unwrap();
    }
    text.push('}');
    text
}
