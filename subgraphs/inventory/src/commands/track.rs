//! Following the catalogue: a stock row for each new sku, closed while its product is archived.

use std::collections::BTreeSet;

use souk_contracts::{Sku, events::ProductChanged};
use souk_subgraph::{StoreError, Tx, outbox::Outbox};

use super::publish::publish;
use crate::{domain::ShelfKey, store};

/// Where new skus get their first row.
const FIRST_WAREHOUSE: &str = "main";

/// Brings the stock rows of a product's skus in line with it. Saying the same twice changes nothing.
///
/// # Errors
/// [`StoreError`].
pub async fn track_product(tx: &mut Tx, outbox: &Outbox, product: &ProductChanged) -> Result<(), StoreError> {
    let skus: BTreeSet<Sku> = product.variants.iter().map(|variant| variant.sku.clone()).collect();
    if skus.is_empty() {
        return Ok(());
    }
    let closed = product.status == "ARCHIVED";
    let skus: Vec<Sku> = skus.into_iter().collect();
    let rows = store::stock::lock_of_skus(tx, &skus).await?;
    let mut changed: Vec<(ShelfKey, &str)> = Vec::new();
    for row in rows.iter().filter(|row| row.closed != closed) {
        store::stock::set_closed(tx, &row.shelf, closed).await?;
        changed.push((row.shelf.clone(), if closed { "closed" } else { "opened" }));
    }
    for sku in skus {
        if rows.iter().any(|row| row.shelf.sku == sku) {
            continue;
        }
        let shelf = ShelfKey { sku, warehouse: FIRST_WAREHOUSE.to_owned() };
        if store::stock::open(tx, &shelf, closed).await? {
            changed.push((shelf, "opened"));
        }
    }
    let changed: Vec<(&ShelfKey, &str)> = changed.iter().map(|(shelf, change)| (shelf, *change)).collect();
    publish(tx, outbox, &changed).await
}
