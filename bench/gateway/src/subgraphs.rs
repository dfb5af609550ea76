//! The four subgraphs as one HTTP service: `/accounts`, `/products`, `/reviews`, `/inventory`.

use std::{net::SocketAddr, sync::Arc};

use axum::{Router, extract::State, http::StatusCode, response::IntoResponse, routing::post};
use bytes::Bytes;
use federation::compose::Subgraph;
use http::header;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{operation::Operations, resolve};

/// The benchmark's query.
pub const OPERATION: &str = include_str!("../graph/operation.graphql");

const SCHEMAS: [(&str, &str); 4] = [
    ("accounts", include_str!("../graph/accounts.graphql")),
    ("inventory", include_str!("../graph/inventory.graphql")),
    ("products", include_str!("../graph/products.graphql")),
    ("reviews", include_str!("../graph/reviews.graphql")),
];

/// The subgraphs as composition takes them.
pub fn listed(address: SocketAddr) -> Vec<Subgraph> {
    let one = |(name, sdl): (&str, &str)| Subgraph {
        name: name.to_owned(),
        url: Some(format!("http://{address}/{name}")),
        sdl: sdl.to_owned(),
    };
    SCHEMAS.map(one).into()
}

/// What a router has to answer to [`OPERATION`], byte for byte.
pub fn right_answer() -> Option<Vec<u8>> {
    let selections = Operations::default().read(OPERATION)?;
    Some(resolve::answer(&selections, &Map::new()))
}

pub fn routes() -> Router {
    let operations = Arc::new(Operations::default());
    let add = |routes: Router<_>, (name, _): (&str, &str)| routes.route(&format!("/{name}"), post(graphql));
    SCHEMAS.into_iter().fold(Router::new(), add).with_state(operations)
}

#[derive(Deserialize)]
struct Request {
    query: String,
    #[serde(default)]
    variables: Option<Map<String, Value>>,
}

async fn graphql(State(operations): State<Arc<Operations>>, body: Bytes) -> Result<impl IntoResponse, StatusCode> {
    let request: Request = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let selections = operations.read(&request.query).ok_or(StatusCode::BAD_REQUEST)?;
    let answer = resolve::answer(&selections, &request.variables.unwrap_or_default());
    Ok(([(header::CONTENT_TYPE, "application/graphql-response+json")], answer))
}
