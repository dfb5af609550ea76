//! Statements on `payments`.

use std::collections::HashMap;

use souk_contracts::{OrderId, PaymentId};
use souk_subgraph::{
    Db, StoreError, Tx,
    db::{Violation, in_transaction},
};
use sqlx::{MySql, QueryBuilder};
use uuid::Uuid;

use super::{push_list, row::PaymentRow};
use crate::domain::Payment;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, order_id, attempt, customer_id, method, token, state, version, currency, amount_minor, \
             authorized_minor, captured_minor, refunded_minor, refunding_minor, charge_id, charge_version, \
             action_kind, action_url, action_expires_at, failure_reason, cancel_reason, changed_at FROM payments ",
            $rest
        )
    };
}

/// What became of an insert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    Yes,
    /// This attempt of the order exists.
    AttemptExists,
    /// The order has another payment that is live.
    OrderHasLive,
}

/// Payments that orders is to be told of, leased to the caller.
#[derive(Debug, Clone)]
pub struct Untold {
    pub payment: Payment,
    pub tries: u32,
}

pub async fn insert(tx: &mut Tx, payment: &Payment) -> Result<Inserted, StoreError> {
    let done = sqlx::query(
        "INSERT INTO payments (id, order_id, attempt, live_order_id, customer_id, method, token, state, version,
                               currency, amount_minor, authorized_minor, failure_reason)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(payment.id.uuid())
    .bind(payment.order_id.uuid())
    .bind(payment.attempt)
    .bind(payment.state.is_live().then_some(payment.order_id.uuid()))
    .bind(payment.customer_id.map(souk_contracts::CustomerId::uuid))
    .bind(payment.method.as_str())
    .bind(&payment.token)
    .bind(payment.state.name())
    .bind(payment.version)
    .bind(payment.amount.currency.as_str())
    .bind(payment.amount.minor)
    .bind(payment.authorized_minor)
    .bind(payment.failure_reason())
    .execute(tx)
    .await
    .map_err(StoreError::from);
    match done {
        Ok(_) => Ok(Inserted::Yes),
        Err(error) => match error.violation() {
            Some(Violation::Unique(key)) if key == "payments_attempt" => Ok(Inserted::AttemptExists),
            Some(Violation::Unique(key)) if key == "payments_live" => Ok(Inserted::OrderHasLive),
            _ => Err(error),
        },
    }
}

/// Writes all that may change. `tell` puts it before orders.
pub async fn update(tx: &mut Tx, payment: &Payment, live: bool, tell: bool) -> Result<(), StoreError> {
    let action = payment.next_action();
    let done = sqlx::query(
        "UPDATE payments
         SET live_order_id = ?, state = ?, version = ?, authorized_minor = ?, captured_minor = ?, refunded_minor = ?,
             refunding_minor = ?, charge_id = ?, charge_version = ?, action_kind = ?, action_url = ?,
             action_expires_at = ?, failure_reason = ?, cancel_reason = ?,
             tell_at = IF(?, NOW(6), tell_at), tell_tries = IF(?, 0, tell_tries)
         WHERE id = ?",
    )
    .bind(live.then_some(payment.order_id.uuid()))
    .bind(payment.state.name())
    .bind(payment.version)
    .bind(payment.authorized_minor)
    .bind(payment.captured_minor)
    .bind(payment.refunded_minor)
    .bind(payment.refunding_minor)
    .bind(&payment.charge_id)
    .bind(payment.charge_version)
    .bind(action.map(|action| &action.kind))
    .bind(action.map(|action| &action.url))
    .bind(action.and_then(|action| action.expires_at))
    .bind(payment.failure_reason())
    .bind(&payment.cancel_reason)
    .bind(tell)
    .bind(tell)
    .bind(payment.id.uuid())
    .execute(tx)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Lost { what: format!("payment {}", payment.id) }) }
}

pub async fn find(db: &Db, id: PaymentId) -> Result<Option<Payment>, StoreError> {
    let row: Option<PaymentRow> =
        sqlx::query_as(select!("WHERE id = ?")).bind(id.uuid()).fetch_optional(db.pool()).await?;
    row.map(PaymentRow::parse).transpose()
}

pub async fn lock(tx: &mut Tx, id: PaymentId) -> Result<Option<Payment>, StoreError> {
    let row: Option<PaymentRow> =
        sqlx::query_as(select!("WHERE id = ? FOR UPDATE")).bind(id.uuid()).fetch_optional(tx).await?;
    row.map(PaymentRow::parse).transpose()
}

/// All payments of an order in the order of their ids, locked.
pub async fn lock_of_order(tx: &mut Tx, order: OrderId) -> Result<Vec<Payment>, StoreError> {
    let rows: Vec<PaymentRow> =
        sqlx::query_as(select!("WHERE order_id = ? ORDER BY id FOR UPDATE")).bind(order.uuid()).fetch_all(tx).await?;
    rows.into_iter().map(PaymentRow::parse).collect()
}

/// The payment of one attempt; read after an insert met it, so the newest committed state is wanted.
pub async fn lock_attempt(tx: &mut Tx, order: OrderId, attempt: u32) -> Result<Option<Payment>, StoreError> {
    let row: Option<PaymentRow> = sqlx::query_as(select!("WHERE order_id = ? AND attempt = ? FOR UPDATE"))
        .bind(order.uuid())
        .bind(attempt)
        .fetch_optional(tx)
        .await?;
    row.map(PaymentRow::parse).transpose()
}

pub async fn has_other_live(tx: &mut Tx, payment: &Payment) -> Result<bool, StoreError> {
    let other: Option<(i32,)> = sqlx::query_as("SELECT 1 FROM payments WHERE live_order_id = ? AND id <> ? FOR UPDATE")
        .bind(payment.order_id.uuid())
        .bind(payment.id.uuid())
        .fetch_optional(tx)
        .await?;
    Ok(other.is_some())
}

/// The payments of many orders with one statement, each order's by attempt.
pub async fn of_orders(db: &Db, orders: &[OrderId]) -> Result<HashMap<OrderId, Vec<Payment>>, StoreError> {
    let mut found: HashMap<OrderId, Vec<Payment>> = HashMap::new();
    for payment in read_in(db, select!("WHERE order_id IN ("), orders.iter().map(|id| id.uuid())).await? {
        found.entry(payment.order_id).or_default().push(payment);
    }
    for payments in found.values_mut() {
        payments.sort_by_key(|payment| payment.attempt);
    }
    Ok(found)
}

/// Many payments with one statement.
pub async fn find_all(db: &Db, ids: &[PaymentId]) -> Result<HashMap<PaymentId, Payment>, StoreError> {
    let found = read_in(db, select!("WHERE id IN ("), ids.iter().map(|id| id.uuid())).await?;
    Ok(found.into_iter().map(|payment| (payment.id, payment)).collect())
}

async fn read_in(
    db: &Db,
    select: &'static str,
    ids: impl ExactSizeIterator<Item = Uuid>,
) -> Result<Vec<Payment>, StoreError> {
    if ids.len() == 0 {
        return Ok(Vec::new());
    }
    let mut query = QueryBuilder::<MySql>::new(select);
    push_list(&mut query, ids);
    let rows: Vec<PaymentRow> = query.push(")").build_query_as().fetch_all(db.pool()).await?;
    rows.into_iter().map(PaymentRow::parse).collect()
}

/// Puts a payment before orders.
pub async fn set_untold(db: &Db, id: PaymentId) -> Result<(), StoreError> {
    sqlx::query("UPDATE payments SET tell_at = NOW(6), tell_tries = 0 WHERE id = ?")
        .bind(id.uuid())
        .execute(db.pool())
        .await?;
    Ok(())
}

/// Leases payments that orders is to be told of for `lease_ms`.
pub async fn lease_untold(db: &Db, limit: u32, lease_ms: u64) -> Result<Vec<Untold>, StoreError> {
    if !db.any("SELECT 1 FROM payments WHERE tell_at <= NOW(6) LIMIT 1").await? {
        return Ok(Vec::new());
    }
    in_transaction(db, |tx| {
        Box::pin(async move {
            let due: Vec<(Uuid, i32)> = sqlx::query_as(
                "SELECT id, tell_tries FROM payments
                 WHERE tell_at <= NOW(6)
                 ORDER BY tell_at
                 LIMIT ?
                 FOR UPDATE SKIP LOCKED",
            )
            .bind(limit)
            .fetch_all(&mut **tx)
            .await?;
            if due.is_empty() {
                return Ok(Vec::new());
            }
            let mut statement = QueryBuilder::<MySql>::new("UPDATE payments SET tell_at = NOW(6) + INTERVAL ");
            statement.push_bind(lease_ms * 1_000).push(" MICROSECOND, tell_tries = tell_tries + 1 WHERE id IN (");
            push_list(&mut statement, due.iter().map(|(id, _)| *id));
            statement.push(")").build().execute(&mut **tx).await?;
            let mut query = QueryBuilder::<MySql>::new(select!("WHERE id IN ("));
            push_list(&mut query, due.iter().map(|(id, _)| *id));
            let rows: Vec<PaymentRow> = query.push(")").build_query_as().fetch_all(&mut **tx).await?;
            let tries: HashMap<Uuid, i32> = due.into_iter().collect();
            rows.into_iter().map(|row| untold(row, &tries)).collect()
        })
    })
    .await
}

fn untold(row: PaymentRow, tries: &HashMap<Uuid, i32>) -> Result<Untold, StoreError> {
    let payment = row.parse()?;
    let tries = tries.get(&payment.id.uuid()).map_or(0, |tries| tries.unsigned_abs());
    Ok(Untold { payment, tries })
}

/// Orders knows this version; a newer one stays to be told.
pub async fn set_told(db: &Db, payment: &Payment) -> Result<(), StoreError> {
    sqlx::query("UPDATE payments SET tell_at = NULL WHERE id = ? AND version = ?")
        .bind(payment.id.uuid())
        .bind(payment.version)
        .execute(db.pool())
        .await?;
    Ok(())
}

/// Orders could not be told: again after a pause.
pub async fn tell_later(db: &Db, id: PaymentId, pause_ms: u64) -> Result<(), StoreError> {
    sqlx::query("UPDATE payments SET tell_at = NOW(6) + INTERVAL ? MICROSECOND WHERE id = ?")
        .bind(pause_ms * 1_000)
        .bind(id.uuid())
        .execute(db.pool())
        .await?;
    Ok(())
}
