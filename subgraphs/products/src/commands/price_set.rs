//! A price in one currency. The same price again changes nothing and writes no event.

use souk_contracts::{Money, ProductId, Sku};
use souk_subgraph::{Db, Tx, db::in_transaction, outbox::Outbox};

use super::{
    CommandError,
    edit::{locked, write_back},
    publish::{Change, publish},
};
use crate::{domain::Refusal, store};

/// # Errors
/// [`CommandError`]: unknown sku.
pub async fn set_price(db: &Db, outbox: &Outbox, sku: &Sku, price: Money) -> Result<ProductId, CommandError> {
    let product = in_transaction(db, |tx| Box::pin(set_in(tx, outbox, sku, price))).await?;
    outbox.committed();
    Ok(product)
}

async fn set_in(tx: &mut Tx, outbox: &Outbox, sku: &Sku, price: Money) -> Result<ProductId, CommandError> {
    let found = store::variants::of_sku(tx, sku).await?;
    let variant = found.ok_or_else(|| Refusal::NotFound { field: vec!["sku".to_owned()], what: "variant" })?;
    let product = locked(tx, variant.product, "sku").await?;
    if store::prices::current(tx, variant.id, price.currency).await? == Some(price) {
        return Ok(product.id);
    }
    store::prices::set(tx, variant.id, price).await?;
    store::prices::refresh_floors(tx, product.id).await?;
    let tags = store::tags::of_product(tx, product.id).await?;
    write_back(tx, &product, &tags).await?;
    publish(tx, outbox, product.id, Change::PriceChanged).await?;
    Ok(product.id)
}
