//! Why an operation has no plan.

use std::sync::Arc;

use super::limits::LimitError;

/// Client faults say what to change; `Unreachable` is a fault of the supergraph (it should not have composed).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    #[error(transparent)]
    Limit(#[from] LimitError),
    #[error("{0}")]
    UnknownOperation(String),
    #[error("the directive @{0} is not supported yet; remove it")]
    UnsupportedDirective(String),
    #[error("no subgraph can be asked for {path}")]
    Unreachable { path: String },
    #[error("type {0} is not part of the supergraph")]
    UnknownType(Arc<str>),
    #[error("planning took more than its budget of {steps} steps; ask for less in one operation")]
    Budget { steps: u64 },
    #[error("planning was cancelled")]
    Cancelled,
}
