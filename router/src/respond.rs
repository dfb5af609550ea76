//! The last stage: bytes that a transport can send.

use bytes::Bytes;

use crate::{errors::GraphqlError, execute::Executed};

/// A GraphQL response object as JSON.
#[derive(Debug, Clone)]
pub struct Answer {
    pub body: Bytes,
    pub has_errors: bool,
}

impl Answer {
    /// `{"data":...,"errors":[...]}`; errors only when there are some.
    pub(crate) fn executed(executed: Executed) -> Self {
        let Executed { mut body, errors } = executed;
        if !errors.is_empty() {
            body.extend_from_slice(b",\"errors\":");
            append(&errors, &mut body);
        }
        body.push(b'}');
        Self { body: Bytes::from(body), has_errors: !errors.is_empty() }
    }

    /// A request error: no data at all.
    pub fn refused(errors: &[GraphqlError]) -> Self {
        let mut body = b"{\"errors\":".to_vec();
        append(errors, &mut body);
        body.push(b'}');
        Self { body: Bytes::from(body), has_errors: true }
    }
}

fn append(errors: &[GraphqlError], body: &mut Vec<u8>) {
    // Errors hold strings, numbers and JSON values, which always serialize.
    body.extend(serde_json::to_vec(errors).unwrap_or_else(|_| b"[]".to_vec()));
}
