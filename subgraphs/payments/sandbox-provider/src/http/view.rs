//! A charge as callers see it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use souk_contracts::CurrencyCode;

use crate::{
    charge::{Charge, Method, Refund, Status},
    provider::Provider,
    token::ActionKind,
};

#[derive(Debug, Serialize)]
pub struct ChargeView {
    id: String,
    version: u64,
    reference: String,
    amount_minor: i64,
    currency: CurrencyCode,
    method: Method,
    capture: bool,
    status: Status,
    captured_minor: i64,
    refunded_minor: i64,
    failure_code: Option<String>,
    refunds: Vec<Refund>,
    next_action: Option<ActionView>,
    created_at: DateTime<Utc>,
}

#[derive(Debug, Serialize)]
struct ActionView {
    kind: ActionKind,
    url: String,
    expires_at: DateTime<Utc>,
}

impl ChargeView {
    pub fn new(charge: &Charge, provider: &Provider) -> Self {
        let waiting = charge.action.as_ref().filter(|_| charge.status == Status::RequiresAction);
        Self {
            id: charge.id.clone(),
            version: charge.version,
            reference: charge.reference.clone(),
            amount_minor: charge.amount_minor,
            currency: charge.currency,
            method: charge.method,
            capture: charge.capture,
            status: charge.status,
            captured_minor: charge.captured_minor,
            refunded_minor: charge.refunded_minor,
            failure_code: charge.failure_code.clone(),
            refunds: charge.refunds.clone(),
            next_action: waiting.map(|action| ActionView {
                kind: action.kind,
                url: provider.action_url(&action.secret),
                expires_at: action.expires_at,
            }),
            created_at: charge.created_at,
        }
    }
}
