//! The sagas' rows: who runs one, what is next, when. All times are the database's.
//!
//! Two ways to write: under a fence (the runner, who may have slept past its lease) and under the lock of the
//! order's row (whoever decides anew about the order, and thereby fences the runner off).

use std::time::Duration;

use souk_contracts::OrderId;
use souk_subgraph::{Db, StoreError, Tx};
use sqlx::{MySql, QueryBuilder};
use uuid::Uuid;

use super::rows::parsed;
use crate::domain::saga::{Counted, Saga, Step};

/// What a saga's row says next.
#[derive(Debug, Clone, Copy)]
pub struct Next {
    pub step: Step,
    /// When a worker may take it; None when nothing is left to do.
    pub run_in: Option<Duration>,
    /// How long nobody else may; zero gives it back.
    pub lease: Duration,
    /// For how long the stock can be counted on, when inventory was just asked under this lease.
    pub counted_on: Option<Counted>,
}

impl Next {
    /// Nothing is left to do.
    pub const DONE: Self = Self { step: Step::Done, run_in: None, lease: Duration::ZERO, counted_on: None };

    /// Go on at once with `step`, still under a lease. It is due to others when that runs out, so that their search
    /// for work does not even touch the rows of those at work.
    pub const fn at_once(step: Step, lease: Duration) -> Self {
        Self { step, run_in: Some(lease), lease, counted_on: None }
    }

    /// Any worker may run `step` after `wait`.
    pub const fn after(step: Step, wait: Duration) -> Self {
        Self { step, run_in: Some(wait), lease: Duration::ZERO, counted_on: None }
    }
}

/// The saga of a new order, leased to its creator; fence 1.
pub async fn insert(
    tx: &mut Tx,
    order: OrderId,
    payment_token: Option<&str>,
    lease: Duration,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sagas (order_id, step, version, attempt, payment_token, entered_at, next_run_at, lease_until)
         VALUES (?, ?, 1, 1, ?, NOW(6), NOW(6) + INTERVAL ? MICROSECOND, NOW(6) + INTERVAL ? MICROSECOND)",
    )
    .bind(order.uuid())
    .bind(Step::Reserve.as_str())
    .bind(payment_token)
    .bind(micros(lease))
    .bind(micros(lease))
    .execute(tx)
    .await?;
    Ok(())
}

/// Goes on under the fence; None when another has taken over. Gives the new fence. MySQL assigns from left to right, so
/// `reserved_until` is reckoned from the lease that ends here.
pub async fn advance(tx: &mut Tx, saga: &Saga, next: Next) -> Result<Option<u64>, StoreError> {
    let done = sqlx::query(
        "UPDATE sagas
         SET entered_at = IF(step = ?, entered_at, NOW(6)),
             payment_token = IF(? = 'DONE', NULL, payment_token),
             reserved_until = COALESCE(lease_until + INTERVAL ? MICROSECOND, reserved_until),
             step = ?, version = version + 1, tries = 0,
             next_run_at = NOW(6) + INTERVAL ? MICROSECOND,
             lease_until = NOW(6) + INTERVAL ? MICROSECOND
         WHERE order_id = ? AND version = ?",
    )
    .bind(next.step.as_str())
    .bind(next.step.as_str())
    .bind(next.counted_on.map(Counted::micros_past_lease))
    .bind(next.step.as_str())
    .bind(next.run_in.map(micros))
    .bind(micros(next.lease))
    .bind(saga.order.uuid())
    .bind(saga.version)
    .execute(tx)
    .await?;
    Ok((done.rows_affected() == 1).then_some(saga.version + 1))
}

/// Sets what is next whoever runs it, and so fences the runner off. The caller holds the order's row. Gives the new
/// fence.
pub async fn seize(tx: &mut Tx, order: OrderId, next: Next) -> Result<u64, StoreError> {
    sqlx::query(
        "UPDATE sagas
         SET entered_at = IF(step = ?, entered_at, NOW(6)),
             payment_token = IF(? = 'DONE', NULL, payment_token),
             step = ?, version = version + 1, tries = 0,
             next_run_at = NOW(6) + INTERVAL ? MICROSECOND,
             lease_until = NOW(6) + INTERVAL ? MICROSECOND
         WHERE order_id = ?",
    )
    .bind(next.step.as_str())
    .bind(next.step.as_str())
    .bind(next.step.as_str())
    .bind(next.run_in.map(micros))
    .bind(micros(next.lease))
    .bind(order.uuid())
    .execute(&mut *tx)
    .await?;
    let (fence,): (i64,) =
        sqlx::query_as("SELECT version FROM sagas WHERE order_id = ?").bind(order.uuid()).fetch_one(tx).await?;
    Ok(fence.unsigned_abs())
}

/// Notes until when the stock can be counted on, after the runner has asked inventory; false when another has taken
/// over.
pub async fn note_reserved(db: &Db, saga: &Saga, counted: Counted) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE sagas
         SET reserved_until = lease_until + INTERVAL ? MICROSECOND
         WHERE order_id = ? AND version = ?",
    )
    .bind(counted.micros_past_lease())
    .bind(saga.order.uuid())
    .bind(saga.version)
    .execute(db.pool())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether the stock of this order is still held for sure.
pub async fn is_reserved(tx: &mut Tx, order: OrderId) -> Result<bool, StoreError> {
    let row: Option<(bool,)> =
        sqlx::query_as("SELECT COALESCE(reserved_until > NOW(6), FALSE) FROM sagas WHERE order_id = ?")
            .bind(order.uuid())
            .fetch_optional(tx)
            .await?;
    Ok(row.is_some_and(|(reserved,)| reserved))
}

/// Whether nothing is left to do for this order. The caller holds the order's row.
pub async fn is_at_rest(tx: &mut Tx, order: OrderId) -> Result<bool, StoreError> {
    let row: Option<(bool,)> = sqlx::query_as("SELECT next_run_at IS NULL FROM sagas WHERE order_id = ?")
        .bind(order.uuid())
        .fetch_optional(tx)
        .await?;
    Ok(row.is_some_and(|(at_rest,)| at_rest))
}

/// Puts the same step off and gives it back; false when another has taken over.
pub async fn postpone(db: &Db, saga: &Saga, wait: Duration) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE sagas
         SET version = version + 1, tries = ?, lease_until = NOW(6),
             next_run_at = NOW(6) + INTERVAL ? MICROSECOND
         WHERE order_id = ? AND version = ?",
    )
    .bind(saga.tries + 1)
    .bind(micros(wait))
    .bind(saga.order.uuid())
    .bind(saga.version)
    .execute(db.pool())
    .await?;
    Ok(done.rows_affected() == 1)
}

#[derive(sqlx::FromRow)]
struct SagaRow {
    order_id: Uuid,
    step: String,
    version: i64,
    attempt: i32,
    tries: i32,
    payment_token: Option<String>,
    age_micros: i64,
}

/// Whether there is a saga to take.
pub async fn any_due(db: &Db) -> Result<bool, StoreError> {
    db.any("SELECT 1 FROM sagas WHERE next_run_at <= NOW(6) AND lease_until <= NOW(6) LIMIT 1").await
}

/// Locks the sagas that are due and that nobody runs; those that another worker is just taking are passed over.
pub async fn due(tx: &mut Tx, limit: u32) -> Result<Vec<Saga>, StoreError> {
    let rows: Vec<SagaRow> = sqlx::query_as(
        "SELECT order_id, step, version, attempt, tries, payment_token,
                TIMESTAMPDIFF(MICROSECOND, entered_at, NOW(6)) AS age_micros
         FROM sagas
         WHERE next_run_at <= NOW(6) AND lease_until <= NOW(6)
         ORDER BY next_run_at
         LIMIT ?
         FOR UPDATE SKIP LOCKED",
    )
    .bind(limit)
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(SagaRow::saga).collect()
}

/// Leases these sagas, whose rows are locked; each gets a new fence.
pub async fn lease(tx: &mut Tx, sagas: &mut [Saga], lease: Duration) -> Result<(), StoreError> {
    if sagas.is_empty() {
        return Ok(());
    }
    let mut statement =
        QueryBuilder::<MySql>::new("UPDATE sagas SET version = version + 1, lease_until = NOW(6) + INTERVAL ");
    statement.push_bind(micros(lease)).push(" MICROSECOND, next_run_at = NOW(6) + INTERVAL ");
    statement.push_bind(micros(lease)).push(" MICROSECOND WHERE order_id IN (");
    let mut list = statement.separated(", ");
    for saga in sagas.iter_mut() {
        saga.version += 1;
        list.push_bind(saga.order.uuid());
    }
    statement.push(")");
    statement.build().execute(tx).await?;
    Ok(())
}

impl SagaRow {
    fn saga(self) -> Result<Saga, StoreError> {
        Ok(Saga {
            order: OrderId(self.order_id),
            step: parsed("sagas", "step", self.order_id, &self.step)?,
            version: self.version.unsigned_abs(),
            attempt: self.attempt.unsigned_abs(),
            tries: self.tries.unsigned_abs(),
            payment_token: self.payment_token,
            step_age: Duration::from_micros(self.age_micros.max(0).unsigned_abs()),
        })
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX >> 8)
}
