//! The events of changed stock rows.

use souk_contracts::events::StockChanged;
use souk_process::clock;
use souk_subgraph::{StoreError, Tx, outbox::Outbox};

use crate::{
    domain::ShelfKey,
    store::{self, StockRow},
};

/// Writes `StockChanged` for each of these rows, as they stand now in this transaction, which holds their locks
/// because it changed them. `change` names what happened to each.
pub(super) async fn publish(tx: &mut Tx, outbox: &Outbox, changed: &[(&ShelfKey, &str)]) -> Result<(), StoreError> {
    if changed.is_empty() {
        return Ok(());
    }
    let shelves: Vec<&ShelfKey> = changed.iter().map(|(shelf, _)| *shelf).collect();
    let bodies = store::stock::of_shelves(tx, &shelves).await?.into_iter().map(|row| {
        let change = changed.iter().find(|(shelf, _)| **shelf == row.shelf).map_or("adjusted", |(_, change)| change);
        body(&row, change)
    });
    outbox.append_all(tx, &bodies.collect::<Vec<_>>()).await
}

fn body(row: &StockRow, change: &str) -> StockChanged {
    StockChanged {
        sku: row.shelf.sku.clone(),
        warehouse: row.shelf.warehouse.clone(),
        version: row.version,
        on_hand: row.on_hand,
        reserved: row.reserved,
        available: row.available(),
        change: change.to_owned(),
        at: clock::now(),
    }
}
