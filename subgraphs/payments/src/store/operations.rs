//! Statements on `provider_operations`.

use souk_contracts::{PaymentId, RefundId};
use souk_subgraph::{Db, StoreError, Tx, db::in_transaction};
use sqlx::{MySql, QueryBuilder};
use uuid::Uuid;

use super::push_list;
use crate::domain::Kind;

/// An operation that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    pub id: i64,
    pub payment_id: PaymentId,
    pub kind: Kind,
    /// The how-many-th of its kind for the payment, from 1.
    pub n: u32,
    /// What a REFUND is about.
    pub refund: Option<RefundPart>,
    /// How often it was started, this time included.
    pub tries: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundPart {
    pub id: RefundId,
    pub amount_minor: i64,
}

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Done,
    /// Something else made it pointless.
    Overtaken,
    /// The provider said no for good.
    Refused,
}

/// When an operation is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// By the caller, now; by a worker, should the caller not be done within the lease.
    Now {
        lease_ms: u64,
    },
    Later {
        pause_ms: u64,
    },
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    id: i64,
    payment_id: Uuid,
    kind: String,
    n: i32,
    tries: i32,
    refund_id: Option<Uuid>,
    amount_minor: Option<i64>,
}

impl Row {
    fn parse(self) -> Result<Operation, StoreError> {
        let kind = self
            .kind
            .parse()
            .map_err(|problem| StoreError::bad_row("provider_operations", "kind", self.id, problem))?;
        let refund = self
            .refund_id
            .zip(self.amount_minor)
            .map(|(id, amount_minor)| RefundPart { id: RefundId(id), amount_minor });
        Ok(Operation {
            id: self.id,
            payment_id: PaymentId(self.payment_id),
            kind,
            n: self.n.unsigned_abs(),
            refund,
            tries: self.tries.unsigned_abs(),
        })
    }
}

/// Adds the next operation of this kind. The caller holds the payment's row lock, so the number is its own.
pub async fn insert(
    tx: &mut Tx,
    payment_id: PaymentId,
    kind: Kind,
    refund: Option<RefundPart>,
    when: When,
) -> Result<Operation, StoreError> {
    let (last,): (i64,) =
        sqlx::query_as("SELECT COALESCE(MAX(n), 0) FROM provider_operations WHERE payment_id = ? AND kind = ?")
            .bind(payment_id.uuid())
            .bind(kind.as_str())
            .fetch_one(&mut *tx)
            .await?;
    insert_numbered(tx, (payment_id, kind, last.unsigned_abs() as u32 + 1), refund, when).await
}

/// The first operation of a payment that is inserted in the same transaction.
pub async fn insert_first(tx: &mut Tx, payment_id: PaymentId, when: When) -> Result<Operation, StoreError> {
    insert_numbered(tx, (payment_id, Kind::Charge, 1), None, when).await
}

async fn insert_numbered(
    tx: &mut Tx,
    (payment_id, kind, n): (PaymentId, Kind, u32),
    refund: Option<RefundPart>,
    when: When,
) -> Result<Operation, StoreError> {
    let (tries, ahead_ms) = match when {
        When::Now { lease_ms } => (1, lease_ms),
        When::Later { pause_ms } => (0, pause_ms),
    };
    let done = sqlx::query(
        "INSERT INTO provider_operations (payment_id, kind, n, refund_id, state, tries, run_at)
         VALUES (?, ?, ?, ?, 'PENDING', ?, NOW(6) + INTERVAL ? MICROSECOND)",
    )
    .bind(payment_id.uuid())
    .bind(kind.as_str())
    .bind(n)
    .bind(refund.map(|refund| refund.id.uuid()))
    .bind(tries)
    .bind(ahead_ms * 1_000)
    .execute(tx)
    .await?;
    Ok(Operation { id: done.last_insert_id() as i64, payment_id, kind, n, refund, tries })
}

pub async fn open_of(tx: &mut Tx, payment_id: PaymentId) -> Result<Vec<Operation>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT o.id, o.payment_id, o.kind, o.n, o.tries, o.refund_id, r.amount_minor
         FROM provider_operations o
         LEFT JOIN refunds r ON r.id = o.refund_id
         WHERE o.payment_id = ? AND o.state = 'PENDING'
         ORDER BY o.id",
    )
    .bind(payment_id.uuid())
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(Row::parse).collect()
}

/// Ends an operation that is open; false when it had ended already.
pub async fn finish(tx: &mut Tx, id: i64, end: End, outcome: &str) -> Result<bool, StoreError> {
    let state = match end {
        End::Done | End::Overtaken => "DONE",
        End::Refused => "REFUSED",
    };
    let done = sqlx::query(
        "UPDATE provider_operations
         SET state = ?, last_outcome = ?, done_at = NOW(6)
         WHERE id = ? AND state = 'PENDING'",
    )
    .bind(state)
    .bind(outcome.chars().take(255).collect::<String>())
    .bind(id)
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Runs it again after a pause.
pub async fn postpone(tx: &mut Tx, id: i64, pause_ms: u64, outcome: &str) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE provider_operations
         SET run_at = NOW(6) + INTERVAL ? MICROSECOND, last_outcome = ?
         WHERE id = ? AND state = 'PENDING'",
    )
    .bind(pause_ms * 1_000)
    .bind(outcome.chars().take(255).collect::<String>())
    .bind(id)
    .execute(tx)
    .await?;
    Ok(())
}

/// Leases operations whose time has come for `lease_ms`. A worker that sleeps past its lease does no harm: it asks
/// with the same idempotency key, and recording an outcome twice changes nothing.
pub async fn lease_due(db: &Db, limit: u32, lease_ms: u64) -> Result<Vec<Operation>, StoreError> {
    if !db.any("SELECT 1 FROM provider_operations WHERE state = 'PENDING' AND run_at <= NOW(6) LIMIT 1").await? {
        return Ok(Vec::new());
    }
    in_transaction(db, |tx| {
        Box::pin(async move {
            let due: Vec<(i64,)> = sqlx::query_as(
                "SELECT id FROM provider_operations
                 WHERE state = 'PENDING' AND run_at <= NOW(6)
                 ORDER BY run_at
                 LIMIT ?
                 FOR UPDATE SKIP LOCKED",
            )
            .bind(limit)
            .fetch_all(&mut **tx)
            .await?;
            let due: Vec<i64> = due.into_iter().map(|(id,)| id).collect();
            if due.is_empty() {
                return Ok(Vec::new());
            }
            move_ahead(tx, &due, lease_ms).await?;
            of_ids(tx, &due).await
        })
    })
    .await
}

async fn move_ahead(tx: &mut Tx, ids: &[i64], lease_ms: u64) -> Result<(), StoreError> {
    let mut statement = QueryBuilder::<MySql>::new("UPDATE provider_operations SET run_at = NOW(6) + INTERVAL ");
    statement.push_bind(lease_ms * 1_000).push(" MICROSECOND, tries = tries + 1 WHERE id IN (");
    push_list(&mut statement, ids.iter().copied());
    statement.push(")").build().execute(tx).await?;
    Ok(())
}

async fn of_ids(tx: &mut Tx, ids: &[i64]) -> Result<Vec<Operation>, StoreError> {
    let mut statement = QueryBuilder::<MySql>::new(
        "SELECT o.id, o.payment_id, o.kind, o.n, o.tries, o.refund_id, r.amount_minor
         FROM provider_operations o
         LEFT JOIN refunds r ON r.id = o.refund_id
         WHERE o.id IN (",
    );
    push_list(&mut statement, ids.iter().copied());
    let rows: Vec<Row> = statement.push(")").build_query_as().fetch_all(tx).await?;
    rows.into_iter().map(Row::parse).collect()
}
