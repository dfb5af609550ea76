//! The client's variables, coerced, each serialised once for all the subgraphs that need it.

use std::collections::HashMap;

use apollo_compiler::{response::JsonMap, validation::Valid};
use bytes::Bytes;

use super::prepare::PreparedFetch;

#[derive(Debug, Default)]
pub(crate) struct Variables {
    json: HashMap<String, Vec<u8>>,
}

impl Variables {
    /// `values` are coerced: defaults are filled in, absent optional ones are absent.
    pub(crate) fn new(values: &Valid<JsonMap>) -> Self {
        let json = values.iter().filter_map(|(name, value)| {
            let bytes = serde_json::to_vec(value).ok()?;
            Some((name.as_str().to_owned(), bytes))
        });
        Self { json: json.collect() }
    }

    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.json.get(name).is_some_and(|json| json == b"true")
    }

    /// The request body of a fetch.
    pub(crate) fn body(&self, fetch: &PreparedFetch, representations: Option<&[u8]>) -> Bytes {
        let mut body = fetch.body_start.clone();
        let start = body.len();
        let forwarded = fetch.variables.iter().filter_map(|name| Some((&**name, self.json.get(&**name)?.as_slice())));
        for (name, json) in forwarded.chain(representations.map(|json| (fetch.representations.as_str(), json))) {
            if body.len() > start {
                body.push(b',');
            }
            body.push(b'"');
            body.extend_from_slice(name.as_bytes());
            body.extend_from_slice(b"\":");
            body.extend_from_slice(json);
        }
        body.extend_from_slice(b"}}");
        Bytes::from(body)
    }
}
