//! Rows of `payments` and what they mean.

use chrono::{DateTime, Utc};
use souk_contracts::{CustomerId, Money, OrderId, PaymentId};
use souk_subgraph::StoreError;
use uuid::Uuid;

use crate::domain::{NextAction, Payment, State};

#[derive(Debug, sqlx::FromRow)]
pub(super) struct PaymentRow {
    id: Uuid,
    order_id: Uuid,
    attempt: i32,
    customer_id: Option<Uuid>,
    method: String,
    token: Option<String>,
    state: String,
    version: i64,
    currency: String,
    amount_minor: i64,
    authorized_minor: i64,
    captured_minor: i64,
    refunded_minor: i64,
    refunding_minor: i64,
    charge_id: Option<String>,
    charge_version: i64,
    action_kind: Option<String>,
    action_url: Option<String>,
    action_expires_at: Option<DateTime<Utc>>,
    failure_reason: Option<String>,
    cancel_reason: Option<String>,
    changed_at: DateTime<Utc>,
}

impl PaymentRow {
    pub(super) fn parse(self) -> Result<Payment, StoreError> {
        let id = PaymentId(self.id);
        let bad = |column, problem: String| StoreError::bad_row("payments", column, id, problem);
        let method = self.method.parse().map_err(|problem| bad("method", problem))?;
        let currency = self.currency.parse().map_err(|error| bad("currency", format!("{error}")))?;
        let state = state(
            &self.state,
            self.action_kind.zip(self.action_url).map(|(kind, url)| NextAction {
                kind,
                url,
                expires_at: self.action_expires_at,
            }),
            self.failure_reason,
        )
        .ok_or_else(|| bad("state", format!("{:?} or lacks its facts", self.state)))?;
        Ok(Payment {
            id,
            order_id: OrderId(self.order_id),
            attempt: self.attempt.unsigned_abs(),
            customer_id: self.customer_id.map(CustomerId),
            method,
            token: self.token,
            amount: Money::new(self.amount_minor, currency),
            state,
            version: self.version.unsigned_abs(),
            authorized_minor: self.authorized_minor,
            captured_minor: self.captured_minor,
            refunded_minor: self.refunded_minor,
            refunding_minor: self.refunding_minor,
            charge_id: self.charge_id,
            charge_version: self.charge_version.unsigned_abs(),
            cancel_reason: self.cancel_reason,
            changed_at: self.changed_at,
        })
    }
}

fn state(name: &str, action: Option<NextAction>, reason: Option<String>) -> Option<State> {
    Some(match name {
        "CREATED" => State::Created,
        "PROCESSING" => State::Processing,
        "REQUIRES_ACTION" => State::RequiresAction(action?),
        "AUTHORIZED" => State::Authorized,
        "CAPTURED" => State::Captured,
        "FAILED" => State::Failed { reason: reason? },
        "UNKNOWN" => State::Unknown,
        "VOIDED" => State::Voided,
        _ => return None,
    })
}
