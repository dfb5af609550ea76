//! The messages of graphql-transport-ws.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{errors::GraphqlError, respond::Answer};

/// What a client may send.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ClientMessage {
    ConnectionInit { payload: Option<String> },
    Ping { payload: Option<String> },
    Pong,
    Subscribe { id: String, payload: String },
    Complete { id: String },
}

/// Close codes of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Close {
    GoingAway,
    Invalid(String),
    Unauthorized(&'static str),
    Forbidden(String),
    NoSubprotocol,
    InitTimeout,
    SubscriberExists(String),
    TooManyInits,
}

impl Close {
    pub(super) fn code(&self) -> u16 {
        match self {
            Self::GoingAway => 1001,
            Self::Invalid(_) => 4400,
            Self::Unauthorized(_) => 4401,
            Self::Forbidden(_) => 4403,
            Self::NoSubprotocol => 4406,
            Self::InitTimeout => 4408,
            Self::SubscriberExists(_) => 4409,
            Self::TooManyInits => 4429,
        }
    }

    /// At most 123 bytes fit into a close frame (RFC 6455 section 5.5).
    pub(super) fn reason(&self) -> String {
        let mut reason = match self {
            Self::GoingAway => "the server is stopping: connect again".to_owned(),
            Self::Invalid(reason) | Self::Forbidden(reason) => reason.clone(),
            Self::Unauthorized(reason) => (*reason).to_owned(),
            Self::NoSubprotocol => "Subprotocol not acceptable".to_owned(),
            Self::InitTimeout => "Connection initialisation timeout".to_owned(),
            Self::SubscriberExists(id) => format!("Subscriber for {id} already exists"),
            Self::TooManyInits => "Too many initialisation requests".to_owned(),
        };
        while reason.len() > 123 {
            reason.pop();
        }
        reason
    }
}

#[derive(Deserialize)]
struct Raw<'a> {
    r#type: String,
    #[serde(default)]
    id: Option<String>,
    #[serde(borrow, default)]
    payload: Option<&'a RawValue>,
}

impl ClientMessage {
    /// # Errors
    /// The close frame for what is not a message of the protocol.
    pub(super) fn parse(text: &str) -> Result<Self, Close> {
        let invalid = |reason: &str| Close::Invalid(reason.to_owned());
        let raw: Raw<'_> = serde_json::from_str(text).map_err(|_| invalid("Invalid message received"))?;
        let payload = raw.payload.map(|payload| payload.get().to_owned());
        let id = raw.id.filter(|id| !id.is_empty());
        match (raw.r#type.as_str(), id, payload) {
            ("connection_init", _, payload) => Ok(Self::ConnectionInit { payload }),
            ("ping", _, payload) => Ok(Self::Ping { payload }),
            ("pong", _, _) => Ok(Self::Pong),
            ("subscribe", Some(id), Some(payload)) => Ok(Self::Subscribe { id, payload }),
            ("complete", Some(id), _) => Ok(Self::Complete { id }),
            ("subscribe" | "complete", ..) => Err(invalid("the message needs an id and a payload")),
            _ => Err(invalid("Invalid message received: unknown type")),
        }
    }
}

pub(super) fn ack() -> String {
    r#"{"type":"connection_ack"}"#.to_owned()
}

pub(super) fn pong(payload: Option<&str>) -> String {
    match payload {
        Some(payload) => format!(r#"{{"type":"pong","payload":{payload}}}"#),
        None => r#"{"type":"pong"}"#.to_owned(),
    }
}

pub(super) fn next(id: &str, answer: &Answer) -> String {
    // Answers are made of JSON, which is UTF-8.
    let payload = String::from_utf8_lossy(&answer.body);
    format!(r#"{{"id":{},"type":"next","payload":{payload}}}"#, quoted(id))
}

pub(super) fn error(id: &str, errors: &[GraphqlError]) -> String {
    let errors = serde_json::to_string(errors).unwrap_or_else(|_| "[]".to_owned());
    format!(r#"{{"id":{},"type":"error","payload":{errors}}}"#, quoted(id))
}

pub(super) fn complete(id: &str) -> String {
    format!(r#"{{"id":{},"type":"complete"}}"#, quoted(id))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_messages_of_the_protocol_are_taken() {
        let subscribe = ClientMessage::Subscribe { id: "a\"b".to_owned(), payload: r#"{"query":"{a}"}"#.to_owned() };
        let text = r#"{"id":"a\"b","type":"subscribe","payload":{"query":"{a}"}}"#;
        assert_eq!(ClientMessage::parse(text), Ok(subscribe));
        for text in [
            "",
            "{}",
            "[]",
            r#"{"type":"start"}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"complete"}"#,
            r#"{"type":"subscribe","id":1,"payload":{}}"#,
        ] {
            assert_eq!(ClientMessage::parse(text).unwrap_err().code(), 4400, "{text}");
        }
    }

    #[test]
    fn a_close_reason_fits_its_frame() {
        assert!(Close::SubscriberExists("ü".repeat(200)).reason().len() <= 123);
    }
}
