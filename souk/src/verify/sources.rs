//! Where a shop's state lies.

use std::collections::BTreeMap;

use super::{judge::Limits, provider::Provider};

/// Everything that is asked.
#[derive(Debug, Clone)]
pub struct Sources {
    /// Service -> URL of its database.
    pub mysql: BTreeMap<String, String>,
    pub events: Events,
    /// None: its ledger is not held against the payments.
    pub provider: Option<Provider>,
    pub limits: Limits,
}

/// Where what was emitted is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Events {
    /// From a broker that keeps its topics.
    Broker(String),
    /// From the outboxes: the embedded broker forgets.
    Outbox,
}
