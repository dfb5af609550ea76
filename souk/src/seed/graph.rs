//! A client of the shop's graph, for what this program does as a person: sign in, load, look.

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::up::Login;

#[derive(Debug, Clone)]
pub struct Graph {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
}

impl Graph {
    /// As nobody.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn anonymous(url: &str) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { http, url: url.to_owned(), token: None })
    }

    /// As somebody.
    ///
    /// # Errors
    /// When the shop does not answer or refuses the password.
    pub async fn signed_in(url: &str, login: &Login) -> anyhow::Result<Self> {
        let graph = Self::anonymous(url)?;
        let token = sign_in(&graph, login).await?;
        Ok(Self { token: Some(token), ..graph })
    }

    /// Runs one operation and gives its `data`.
    ///
    /// # Errors
    /// When the shop does not answer, or with the first top-level error.
    pub async fn run(&self, query: &str, variables: Value) -> anyhow::Result<Value> {
        let mut request = self.http.post(&self.url).json(&json!({ "query": query, "variables": variables }));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.with_context(|| format!("{} does not answer", self.url))?;
        let status = answer.status();
        let mut body: Value = answer.json().await.with_context(|| format!("the answer ({status}) is no JSON"))?;
        if let Some(error) = body["errors"].as_array().and_then(|errors| errors.first()) {
            let code = error["extensions"]["code"].as_str().unwrap_or("no code");
            bail!("{} ({code})", error["message"].as_str().unwrap_or("an error without a message"));
        }
        Ok(body["data"].take())
    }
}

/// A fresh access token.
///
/// # Errors
/// When the shop does not answer or refuses the password.
pub async fn sign_in(graph: &Graph, login: &Login) -> anyhow::Result<String> {
    let query = "mutation SignIn($input: SessionCreateInput!) {
        sessionCreate(input: $input) { session { accessToken } userErrors { message } }
    }";
    let variables = json!({ "input": { "email": login.email, "password": login.password } });
    let data = graph.run(query, variables).await?;
    let payload = &data["sessionCreate"];
    match payload["session"]["accessToken"].as_str() {
        Some(token) => Ok(token.to_owned()),
        None => {
            let reason = payload["userErrors"][0]["message"].as_str().unwrap_or("no reason given");
            bail!("{} cannot sign in: {reason}", login.email)
        }
    }
}
