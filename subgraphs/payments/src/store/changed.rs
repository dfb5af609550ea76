//! Payments by their last change, and charges that are to be heard anew: what the reconciler needs.

use chrono::{DateTime, Utc};
use souk_contracts::PaymentId;
use souk_subgraph::{Db, StoreError, Tx};
use uuid::Uuid;

/// A payment at its last change, with the provider's id of its charge.
#[derive(Debug, Clone)]
pub struct Changed {
    pub at: DateTime<Utc>,
    pub id: PaymentId,
    pub charge_id: Option<String>,
}

/// Payments that must have a charge at a provider, behind a place in the order of their last change, which was before
/// `until`: at most `limit`.
pub async fn with_charge_from(
    db: &Db,
    (changed_at, id): (DateTime<Utc>, Uuid),
    until: DateTime<Utc>,
    limit: u32,
) -> Result<Vec<Changed>, StoreError> {
    let rows: Vec<(DateTime<Utc>, Uuid, Option<String>)> = sqlx::query_as(
        "SELECT changed_at, id, charge_id FROM payments
         WHERE changed_at >= ? AND (changed_at > ? OR id > ?) AND changed_at < ? AND method <> 'CASH_ON_DELIVERY'
           AND state IN ('REQUIRES_ACTION', 'AUTHORIZED', 'CAPTURED', 'VOIDED')
         ORDER BY changed_at, id
         LIMIT ?",
    )
    .bind(changed_at)
    .bind(changed_at)
    .bind(id)
    .bind(until)
    .bind(limit)
    .fetch_all(db.pool())
    .await?;
    let changed = |(at, id, charge_id)| Changed { at, id: PaymentId(id), charge_id };
    Ok(rows.into_iter().map(changed).collect())
}

/// Forgets that a payment has heard of this version of its charge, so that it can be taken again. One that has heard of
/// a newer version meanwhile stays as it is.
pub async fn unhear(tx: &mut Tx, id: PaymentId, charge_version: u64) -> Result<(), StoreError> {
    sqlx::query("UPDATE payments SET charge_version = 0 WHERE id = ? AND charge_version = ?")
        .bind(id.uuid())
        .bind(charge_version)
        .execute(tx)
        .await?;
    Ok(())
}
