//! A client of the shop's graph.

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::{Value, json};

/// Cheap to clone; clones share connections.
#[derive(Debug, Clone)]
pub struct Graph {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Login {
    pub email: String,
    pub password: String,
}

impl Graph {
    /// As nobody.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(url: &str) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { http, url: url.to_owned(), token: None })
    }

    /// The same client as somebody.
    ///
    /// # Errors
    /// When the shop refuses.
    pub async fn signed_in(&self, login: &Login) -> anyhow::Result<Self> {
        let query =
            "mutation($input: SessionCreateInput!) { sessionCreate(input: $input) { session { accessToken } } }";
        let input = json!({ "email": login.email, "password": login.password });
        let data = self.run(query, json!({ "input": input })).await?;
        let token = data["sessionCreate"]["session"]["accessToken"].as_str();
        let token = token.with_context(|| format!("{} cannot sign in: {data}", login.email))?;
        Ok(Self { token: Some(token.to_owned()), ..self.clone() })
    }

    /// The data of one operation.
    ///
    /// # Errors
    /// When the shop does not answer, or with the first error.
    pub async fn run(&self, query: &str, variables: Value) -> anyhow::Result<Value> {
        let mut request = self.http.post(&self.url).json(&json!({ "query": query, "variables": variables }));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let mut body: Value = request.send().await.context("the router does not answer")?.json().await?;
        if let Some(error) = body["errors"].as_array().and_then(|errors| errors.first()) {
            bail!("the router refuses: {error}");
        }
        Ok(body["data"].take())
    }
}
