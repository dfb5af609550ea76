//! Operations whose outcome is open, as the reconciler sees them: under way, or for too long. An ASK waits for the
//! customer and may do so for as long as the payment.

use std::{collections::HashSet, time::Duration};

use souk_contracts::PaymentId;
use souk_subgraph::{Db, StoreError};
use sqlx::{MySql, QueryBuilder};
use uuid::Uuid;

use super::push_list;

/// An operation that should have ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue {
    pub payment: PaymentId,
    pub kind: String,
    pub n: u32,
    pub tries: u32,
    pub age_s: u64,
    pub last_outcome: Option<String>,
}

type Row = (Uuid, String, i32, i32, i64, Option<String>);

/// Those of `payments` for which an answer of the provider is awaited or may be on its way to the table. What was asked
/// for longer than `overdue` ago counts no more.
pub async fn under_way(db: &Db, payments: &[PaymentId], overdue: Duration) -> Result<HashSet<PaymentId>, StoreError> {
    if payments.is_empty() {
        return Ok(HashSet::new());
    }
    let mut statement = QueryBuilder::<MySql>::new(
        "SELECT DISTINCT payment_id FROM provider_operations
         WHERE state = 'PENDING' AND kind <> 'ASK' AND created_at > NOW(6) - INTERVAL ",
    );
    statement.push_bind(overdue.as_micros() as u64).push(" MICROSECOND AND payment_id IN (");
    push_list(&mut statement, payments.iter().map(|id| id.uuid()));
    let rows: Vec<(Uuid,)> = statement.push(")").build_query_as().fetch_all(db.pool()).await?;
    Ok(rows.into_iter().map(|(id,)| PaymentId(id)).collect())
}

/// Operations that were asked for longer than `overdue` ago and are open, the oldest first.
pub async fn overdue(db: &Db, overdue: Duration, limit: u32) -> Result<Vec<Overdue>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT payment_id, kind, n, tries, TIMESTAMPDIFF(SECOND, created_at, NOW(6)), last_outcome
         FROM provider_operations
         WHERE state = 'PENDING' AND kind <> 'ASK' AND created_at <= NOW(6) - INTERVAL ? MICROSECOND
         ORDER BY id
         LIMIT ?",
    )
    .bind(overdue.as_micros() as u64)
    .bind(limit)
    .fetch_all(db.pool())
    .await?;
    let overdue = |(payment, kind, n, tries, age_s, last_outcome): Row| Overdue {
        payment: PaymentId(payment),
        kind,
        n: n.unsigned_abs(),
        tries: tries.unsigned_abs(),
        age_s: age_s.unsigned_abs(),
        last_outcome,
    };
    Ok(rows.into_iter().map(overdue).collect())
}
