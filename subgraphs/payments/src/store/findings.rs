//! Statements on `provider_findings`.

use souk_subgraph::{StoreError, Tx, db::Violation};

use crate::domain::Payment;

/// Writes down what cannot be; false when it was before.
pub async fn insert(tx: &mut Tx, payment: &Payment, charge_version: u64, finding: &str) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO provider_findings (payment_id, charge_version, state, finding)
         VALUES (?, ?, ?, ?)",
    )
    .bind(payment.id.uuid())
    .bind(charge_version)
    .bind(payment.state.name())
    .bind(finding.chars().take(255).collect::<String>())
    .execute(tx)
    .await
    .map_err(StoreError::from);
    match done {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.violation(), Some(Violation::Unique(_))) => Ok(false),
        Err(error) => Err(error),
    }
}
