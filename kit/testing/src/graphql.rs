//! A GraphQL client for tests.

use serde_json::Value;

/// An answer, as a client sees it.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Answer {
    #[serde(default)]
    pub data: Value,
    #[serde(default)]
    pub errors: Vec<Value>,
}

impl Answer {
    /// The data of an answer without errors.
    ///
    /// # Panics
    /// When there are errors: they are in the message.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(self.errors.is_empty(), "unexpected errors: {:#?}", self.errors);
        self.data
    }

    /// The code of the first error, or "".
    pub fn code(&self) -> &str {
        self.errors.first().and_then(|error| error["extensions"]["code"].as_str()).unwrap_or_default()
    }
}

/// Sends one operation to a GraphQL endpoint.
///
/// # Panics
/// When the server does not answer with GraphQL.
pub async fn graphql(endpoint: &str, token: Option<&str>, query: &str, variables: Value) -> Answer {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut request =
        reqwest::Client::new().post(endpoint).json(&serde_json::json!({ "query": query, "variables": variables }));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let response = request.send().await.unwrap_or_else(|error| panic!("{endpoint} does not answer: {error}"));
    let text = response.text().await.unwrap_or_default();
    serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{endpoint} answered with something else ({error}): {text}"))
}
