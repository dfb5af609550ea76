//! The lines of the ledger.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::charge::Charge;

/// One line: one change that happened whole or not at all.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Line {
    /// 1, 2, 3, ... without gaps.
    pub seq: u64,
    pub at: DateTime<Utc>,
    #[serde(flatten)]
    pub entry: Entry,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// A charge was made or changed; `charge` is the whole of it afterwards.
    Charge {
        change: Change,
        charge: Box<Charge>,
        /// The request that asked for it; none when the customer or time did it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<Request>,
        /// The webhook that tells of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        webhook: Option<String>,
    },
    /// The fault of a `..._then_ok` or `..._before` token was shown for this key: the next call works.
    FaultShown { request: Request },
    /// The receiver took the webhook that the numbered line holds.
    WebhookDelivered { webhook: String, line: u64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Created,
    Approved,
    Declined,
    Captured,
    Voided,
    Refunded,
    /// An action expired, or late money arrived.
    CameDue,
}

/// What an idempotency key stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub key: String,
    /// Hex SHA-256 of method, path and body.
    pub hash: String,
}
