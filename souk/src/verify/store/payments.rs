//! The tables of payments.

use std::time::Duration;

use chrono::{DateTime, Utc};
use souk_contracts::{OrderId, PaymentId, RefundId};
use sqlx::MySqlConnection;
use uuid::Uuid;

use super::Rows;
use crate::verify::rows::{Payment, Refund};

type PaymentColumns = (Uuid, Uuid, String, String, i64, String, i64, i64, i64, i64, i64, i64);

/// The moment so long ago by the database's clock: one for all that is read together, for a clock goes on.
pub async fn ago(connection: &mut MySqlConnection, long: Duration) -> Result<DateTime<Utc>, sqlx::Error> {
    // At most ten years: what MySQL subtracts from a date must leave one.
    let seconds = long.as_secs().min(10 * 365 * 24 * 60 * 60);
    let (moment,) = sqlx::query_as("SELECT NOW(6) - INTERVAL ? SECOND").bind(seconds).fetch_one(connection).await?;
    Ok(moment)
}

/// Payments that changed since.
pub async fn payments(connection: &mut MySqlConnection, since: DateTime<Utc>) -> Rows<Payment> {
    let rows: Vec<PaymentColumns> = sqlx::query_as(
        "SELECT id, order_id, method, state, version, currency, amount_minor, authorized_minor, captured_minor,
                refunded_minor, refunding_minor, CAST(TIMESTAMPDIFF(MICROSECOND, created_at, NOW(6)) AS SIGNED)
         FROM payments
         WHERE changed_at >= ?",
    )
    .bind(since)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(payment).collect())
}

fn payment(row: PaymentColumns) -> Payment {
    let (id, order, method, state, version, currency, amount, authorized, captured, refunded, refunding, age) = row;
    Payment {
        id: PaymentId(id),
        order: OrderId(order),
        method,
        state,
        version: version.unsigned_abs(),
        currency,
        amount_minor: amount,
        authorized_minor: authorized,
        captured_minor: captured,
        refunded_minor: refunded,
        refunding_minor: refunding,
        age_ms: age / 1_000,
    }
}

/// The refunds of payments that changed since.
pub async fn refunds(connection: &mut MySqlConnection, since: DateTime<Utc>) -> Rows<Refund> {
    let rows: Vec<(Uuid, Uuid, i64, String)> = sqlx::query_as(
        "SELECT r.id, r.payment_id, r.amount_minor, r.state
         FROM refunds r
         JOIN payments p ON p.id = r.payment_id
         WHERE p.changed_at >= ?",
    )
    .bind(since)
    .fetch_all(connection)
    .await?;
    let refund = |(id, payment, amount_minor, state)| Refund {
        id: RefundId(id),
        payment: PaymentId(payment),
        amount_minor,
        state,
    };
    Ok(rows.into_iter().map(refund).collect())
}

/// Questions to the provider that are open, at most 1,000: all but the looks at payments that wait for their
/// customer.
pub async fn open_operations(connection: &mut MySqlConnection) -> Rows<(PaymentId, String)> {
    let rows: Vec<(Uuid, String)> = sqlx::query_as(
        "SELECT payment_id, kind
         FROM provider_operations
         WHERE state = 'PENDING' AND kind <> 'ASK'
         LIMIT 1000",
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|(payment, kind)| (PaymentId(payment), kind)).collect())
}

/// Payments that orders is still to be told of, at most 1,000.
pub async fn untold(connection: &mut MySqlConnection) -> Rows<PaymentId> {
    let rows: Vec<(Uuid,)> =
        sqlx::query_as("SELECT id FROM payments WHERE tell_at IS NOT NULL LIMIT 1000").fetch_all(connection).await?;
    Ok(rows.into_iter().map(|(payment,)| PaymentId(payment)).collect())
}
