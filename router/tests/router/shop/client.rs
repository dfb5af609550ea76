//! What a client does.

use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value as Json, json};

use super::{RunningRouter, Shop};

/// A client with connections of its own.
pub fn client() -> Client {
    // The router's own start installs the TLS provider too; whoever comes first wins.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().tls_certs_only([]).build().unwrap()
}

impl RunningRouter {
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.http)
    }

    pub fn post(&self, body: &Json) -> RequestBuilder {
        client().post(self.url("/graphql")).json(body)
    }

    /// The answer to a query.
    pub async fn ask(&self, query: &str) -> Json {
        self.post(&json!({ "query": query })).send().await.unwrap().json().await.unwrap()
    }

    pub async fn ask_as(&self, authorization: &str, query: &str) -> Response {
        let request = self.post(&json!({ "query": query })).header("authorization", authorization);
        request.send().await.unwrap()
    }

    pub async fn admin_json(&self, path: &str) -> Json {
        client().get(format!("http://{}{path}", self.admin)).send().await.unwrap().json().await.unwrap()
    }
}

impl Shop {
    pub async fn ask(&self, query: &str) -> Json {
        self.router.ask(query).await
    }
}

/// The codes of the errors.
pub fn codes(answer: &Json) -> Vec<&str> {
    let errors = answer["errors"].as_array().map_or(&[][..], Vec::as_slice);
    errors.iter().map(|error| error["extensions"]["code"].as_str().unwrap_or("-")).collect()
}
