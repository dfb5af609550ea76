//! Payloads of mutations: the order as it stands, and what stood in the way.

use async_graphql::SimpleObject;
use souk_subgraph::{
    ApiError,
    graphql::{UserError, UserErrorCode},
};

use super::order::OrderObject;
use crate::{
    commands::{CommandError, Placed},
    domain::{Order, Refusal},
};

/// What came of placing an order.
#[derive(Debug, Clone, SimpleObject)]
pub struct OrderPlacePayload {
    /// The order as it stands, ended or not; null when none was created.
    pub order: Option<OrderObject>,
    /// For guests: send it as the bearer token to see, follow or cancel this order. Valid for 30 days.
    pub guest_token: Option<String>,
    /// What stood in the way; empty when nothing did.
    pub user_errors: Vec<UserError>,
}

/// What came of changing an order.
#[derive(Debug, Clone, SimpleObject)]
pub struct OrderPayload {
    /// The order as it stands; null when nothing was changed.
    pub order: Option<OrderObject>,
    /// What stood in the way; empty when nothing did.
    pub user_errors: Vec<UserError>,
}

impl OrderPlacePayload {
    pub fn refused(user_errors: Vec<UserError>) -> Self {
        Self { order: None, guest_token: None, user_errors }
    }

    /// # Errors
    /// Faults that are not refusals.
    pub fn of(outcome: Result<Placed, CommandError>) -> Result<Self, ApiError> {
        match outcome {
            Ok(placed) => Ok(Self {
                user_errors: ended_because(&placed.order),
                order: Some(OrderObject(placed.order)),
                guest_token: placed.guest_token,
            }),
            Err(CommandError::Refused(refusals)) => {
                Ok(Self::refused(refusals.into_iter().map(UserError::from).collect()))
            }
            Err(other) => Err(other.into()),
        }
    }
}

impl OrderPayload {
    pub fn refused(user_errors: Vec<UserError>) -> Self {
        Self { order: None, user_errors }
    }

    /// # Errors
    /// Faults that are not refusals.
    pub fn of(outcome: Result<Order, CommandError>) -> Result<Self, ApiError> {
        match outcome {
            Ok(order) => Ok(Self { order: Some(OrderObject(order)), user_errors: Vec::new() }),
            Err(CommandError::Refused(refusals)) => {
                Ok(Self::refused(refusals.into_iter().map(UserError::from).collect()))
            }
            Err(other) => Err(other.into()),
        }
    }
}

/// Why a placed order ended without goods; it stands on the order, so a replay tells the same.
fn ended_because(order: &Order) -> Vec<UserError> {
    let refusal = order.refusal.clone().filter(|_| order.status.has_ended());
    refusal.map(UserError::from).into_iter().collect()
}

impl From<Refusal> for UserError {
    fn from(refusal: Refusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            Refusal::Invalid { field, message } => Self::at(UserErrorCode::Invalid, field, message),
            Refusal::UnknownSku { line, .. } => {
                Self::at(UserErrorCode::UnknownSku, ["lines", &line.to_string(), "sku"], message)
            }
            Refusal::OutOfStock(_) => Self::at(UserErrorCode::OutOfStock, ["lines"], message),
            Refusal::PaymentDeclined(_) => Self::at(UserErrorCode::PaymentDeclined, ["payment"], message),
            Refusal::NotFound => Self::at(UserErrorCode::NotFound, ["id"], message),
            Refusal::InvalidTransition { .. } | Refusal::Ending(_) | Refusal::AddressFixed(_) => {
                Self::at(UserErrorCode::InvalidTransition, ["id"], message)
            }
            Refusal::KeyReused => Self::at(UserErrorCode::IdempotencyKeyReused, ["idempotencyKey"], message),
        }
    }
}
