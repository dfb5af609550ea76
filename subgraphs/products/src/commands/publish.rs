//! The event of a change.

use souk_contracts::{
    ProductId,
    events::{ProductChanged, VariantBody},
};
use souk_process::clock;
use souk_subgraph::{StoreError, Tx, outbox::Outbox};

use crate::store;

/// What happened to a product, as events name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Created,
    Updated,
    Archived,
    VariantAdded,
    PriceChanged,
}

impl Change {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Archived => "archived",
            Self::VariantAdded => "variant-added",
            Self::PriceChanged => "price-changed",
        }
    }
}

/// Writes `ProductChanged` about the product as it stands now in this transaction.
pub(super) async fn publish(
    tx: &mut Tx,
    outbox: &Outbox,
    product: ProductId,
    change: Change,
) -> Result<(), StoreError> {
    let row = store::products::lock(tx, product)
        .await?
        .ok_or_else(|| StoreError::bad_row("products", "id", product, "gone within its own transaction"))?;
    let mut variants = Vec::new();
    for variant in store::variants::of_product(tx, product).await? {
        let sku = variant.sku.parse().map_err(|error| StoreError::bad_row("variants", "sku", variant.id, error))?;
        variants.push(VariantBody { variant_id: variant.id, sku });
    }
    let body = ProductChanged {
        product_id: product,
        version: row.version,
        change: change.as_str().to_owned(),
        status: row.status.as_str().to_owned(),
        variants,
        at: clock::now(),
    };
    outbox.append(tx, &body).await?;
    Ok(())
}
