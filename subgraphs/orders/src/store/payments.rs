//! The newest that is known of the payments of orders. All statements run under the lock of the order's row.

use souk_contracts::{Money, OrderId, PaymentId};
use souk_subgraph::{StoreError, Tx};
use uuid::Uuid;

use super::rows::parsed;
use crate::domain::payment::PaymentFact;

#[derive(sqlx::FromRow)]
struct PaymentRow {
    payment_id: Uuid,
    order_id: Uuid,
    attempt: Option<i32>,
    version: i64,
    state: String,
    currency: String,
    authorized_minor: i64,
    captured_minor: i64,
    refunded_minor: i64,
    failure_reason: Option<String>,
}

/// What is known of this payment.
pub async fn find(tx: &mut Tx, payment: PaymentId) -> Result<Option<PaymentFact>, StoreError> {
    let row: Option<PaymentRow> = sqlx::query_as(
        "SELECT payment_id, order_id, attempt, version, state, currency, authorized_minor, captured_minor,
                refunded_minor, failure_reason
         FROM order_payments
         WHERE payment_id = ?",
    )
    .bind(payment.uuid())
    .fetch_optional(tx)
    .await?;
    row.map(PaymentRow::fact).transpose()
}

/// A payment that was not known.
pub async fn insert(tx: &mut Tx, fact: &PaymentFact) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO order_payments (payment_id, order_id, attempt, version, state, currency, authorized_minor,
                                     captured_minor, refunded_minor, failure_reason)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(fact.payment.uuid())
    .bind(fact.order.uuid())
    .bind(fact.attempt)
    .bind(fact.version)
    .bind(fact.state.as_str())
    .bind(fact.authorized.currency.as_str())
    .bind(fact.authorized.minor)
    .bind(fact.captured.minor)
    .bind(fact.refunded.minor)
    .bind(fact.failure_reason.as_deref().map(cut))
    .execute(tx)
    .await?;
    Ok(())
}

/// A newer version of a known payment; an attempt that is known stays known.
pub async fn update(tx: &mut Tx, fact: &PaymentFact) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE order_payments
         SET attempt = COALESCE(?, attempt), version = ?, state = ?, authorized_minor = ?, captured_minor = ?,
             refunded_minor = ?, failure_reason = ?
         WHERE payment_id = ?",
    )
    .bind(fact.attempt)
    .bind(fact.version)
    .bind(fact.state.as_str())
    .bind(fact.authorized.minor)
    .bind(fact.captured.minor)
    .bind(fact.refunded.minor)
    .bind(fact.failure_reason.as_deref().map(cut))
    .bind(fact.payment.uuid())
    .execute(tx)
    .await?;
    Ok(())
}

impl PaymentRow {
    fn fact(self) -> Result<PaymentFact, StoreError> {
        let currency = parsed("order_payments", "currency", self.payment_id, &self.currency)?;
        Ok(PaymentFact {
            payment: PaymentId(self.payment_id),
            order: OrderId(self.order_id),
            attempt: self.attempt.map(i32::unsigned_abs),
            version: self.version.unsigned_abs(),
            state: parsed("order_payments", "state", self.payment_id, &self.state)?,
            authorized: Money::new(self.authorized_minor, currency),
            captured: Money::new(self.captured_minor, currency),
            refunded: Money::new(self.refunded_minor, currency),
            failure_reason: self.failure_reason,
        })
    }
}

fn cut(reason: &str) -> String {
    reason.chars().take(255).collect()
}
