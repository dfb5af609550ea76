//! A GraphQL client for tests.

use std::sync::OnceLock;

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
    let mut request = http_client().post(endpoint).json(&serde_json::json!({ "query": query, "variables": variables }));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let response = request.send().await.unwrap_or_else(|error| panic!("{endpoint} does not answer: {error}"));
    let text = response.text().await.unwrap_or_default();
    serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{endpoint} answered with something else ({error}): {text}"))
}

/// One client for all tests of a binary: making one takes milliseconds, which would keep requests that are meant to
/// meet from meeting. No connection is kept, since each test's runtime ends with it. Services are asked by plain HTTP,
/// so a machine without CA certificates will do.
///
/// # Panics
/// Never: nothing is read that can fail.
pub fn http_client() -> &'static reqwest::Client {
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    CLIENT.get_or_init(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder().pool_max_idle_per_host(0).no_proxy().tls_certs_only([]);
        builder.build().expect("a client without settings can be built")
    })
}
