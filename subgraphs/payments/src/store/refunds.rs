//! Statements on `refunds`.

use souk_contracts::{PaymentId, RefundId};
use souk_subgraph::{StoreError, Tx};

/// A refund to be written.
#[derive(Debug, Clone)]
pub struct NewRefund<'a> {
    pub id: RefundId,
    pub payment_id: PaymentId,
    pub amount_minor: i64,
    pub reason: &'a str,
    pub requested_by: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundState {
    Pending,
    Done,
    Failed,
}

impl RefundState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Done => "DONE",
            Self::Failed => "FAILED",
        }
    }
}

pub async fn insert(tx: &mut Tx, refund: &NewRefund<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO refunds (id, payment_id, amount_minor, reason, requested_by, state)
         VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(refund.id.uuid())
    .bind(refund.payment_id.uuid())
    .bind(refund.amount_minor)
    .bind(refund.reason)
    .bind(refund.requested_by)
    .bind(RefundState::Pending.as_str())
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn set_state(tx: &mut Tx, id: RefundId, state: RefundState) -> Result<(), StoreError> {
    sqlx::query("UPDATE refunds SET state = ?, done_at = NOW(6) WHERE id = ?")
        .bind(state.as_str())
        .bind(id.uuid())
        .execute(tx)
        .await?;
    Ok(())
}
