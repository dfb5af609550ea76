//! Correcting what is on hand: deliveries, counts, breakage. Once for each idempotency key.

use souk_subgraph::{
    StoreError, Tx,
    db::{TransactionError, in_transaction},
    idempotency::{IdempotencyKey, Seen},
    outbox::Outbox,
};

use super::{StockRoom, publish::publish};
use crate::{
    domain::{Reason, ShelfKey, WarehouseName},
    store::{self, NewMovement, stock::ON_HAND_MAX},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    pub shelf: ShelfKey,
    /// Parsed too: the shelf's warehouse.
    pub warehouse: WarehouseName,
    pub delta: i64,
    pub reason: Reason,
}

#[derive(Debug, thiserror::Error)]
pub enum AdjustError {
    #[error("the idempotency key was used for another adjustment")]
    KeyReused,
    #[error("no stock is kept of {0}")]
    UnknownSku(String),
    #[error("there is no warehouse {0}")]
    UnknownWarehouse(String),
    #[error("{on_hand} are on hand and {reserved} of them are reserved: at most {} can be taken away", on_hand - reserved)]
    BelowReserved { on_hand: i64, reserved: i64 },
    #[error("a warehouse holds {ON_HAND_MAX} units of a sku at most")]
    AboveCeiling,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TransactionError for AdjustError {
    fn store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::KeyReused
            | Self::UnknownSku(_)
            | Self::UnknownWarehouse(_)
            | Self::BelowReserved { .. }
            | Self::AboveCeiling => None,
        }
    }
}

/// Adjusts, or finds that this key has done so.
///
/// # Errors
/// [`AdjustError`]; then nothing was changed and the key is not remembered.
pub async fn adjust(room: &StockRoom, adjustment: &Adjustment, key: &IdempotencyKey) -> Result<(), AdjustError> {
    match key.find(&room.db).await? {
        Seen::Fresh => {}
        Seen::Replay { .. } => return Ok(()),
        Seen::Reused => return Err(AdjustError::KeyReused),
    }
    in_transaction(&room.db, |tx| Box::pin(adjust_in(tx, &room.outbox, adjustment, key))).await?;
    room.outbox.committed();
    Ok(())
}

async fn adjust_in(
    tx: &mut Tx,
    outbox: &Outbox,
    adjustment: &Adjustment,
    key: &IdempotencyKey,
) -> Result<(), AdjustError> {
    let shelf = &adjustment.shelf;
    match key.record(tx, &format!("{}@{}", shelf.sku, shelf.warehouse)).await? {
        Seen::Fresh => {}
        Seen::Replay { .. } => return Ok(()),
        Seen::Reused => return Err(AdjustError::KeyReused),
    }
    let rows = store::stock::lock_of_skus(tx, std::slice::from_ref(&shelf.sku)).await?;
    let Some(first) = rows.first() else { return Err(AdjustError::UnknownSku(shelf.sku.to_string())) };
    let row = rows.iter().find(|row| row.shelf == *shelf);
    if row.is_none() {
        if !store::warehouses::exists(tx, &adjustment.warehouse).await? {
            return Err(AdjustError::UnknownWarehouse(shelf.warehouse.clone()));
        }
        store::stock::open(tx, shelf, first.closed).await?;
        publish(tx, outbox, &[(shelf, "opened")]).await?;
    }
    if !store::stock::adjust(tx, shelf, adjustment.delta).await? {
        let (on_hand, reserved) = row.map_or((0, 0), |row| (row.on_hand, row.reserved));
        let falls = adjustment.delta < 0;
        return Err(if falls { AdjustError::BelowReserved { on_hand, reserved } } else { AdjustError::AboveCeiling });
    }
    let reason = Some(adjustment.reason.as_str().to_owned());
    let movement = NewMovement { shelf: shelf.clone(), delta: adjustment.delta, kind: "ADJUSTED", reason, order: None };
    store::ledger::append_all(tx, &[movement]).await?;
    publish(tx, outbox, &[(shelf, "adjusted")]).await?;
    Ok(())
}
