//! One more variant of a product.

use souk_contracts::ProductId;
use souk_subgraph::{Db, Tx, db::in_transaction, outbox::Outbox};

use super::{
    CommandError,
    edit::{insert_variant, locked, write_back},
    publish::{Change, publish},
};
use crate::{
    domain::{NewVariant, Refusal, VARIANTS_MAX},
    store,
};

/// # Errors
/// [`CommandError`]: unknown product, taken sku, too many variants.
pub async fn add_variant(
    db: &Db,
    outbox: &Outbox,
    product: ProductId,
    new: &NewVariant,
) -> Result<ProductId, CommandError> {
    in_transaction(db, |tx| Box::pin(add_in(tx, outbox, product, new))).await?;
    outbox.committed();
    Ok(product)
}

async fn add_in(tx: &mut Tx, outbox: &Outbox, id: ProductId, new: &NewVariant) -> Result<(), CommandError> {
    let product = locked(tx, id, "productId").await?;
    let present = store::variants::of_product(tx, id).await?.len();
    if present >= VARIANTS_MAX {
        let message = format!("a product has {VARIANTS_MAX} variants at most");
        return Err(Refusal::Invalid { field: vec!["productId".to_owned()], message }.into());
    }
    insert_variant(tx, (id, present), new, &[]).await?;
    store::prices::refresh_floors(tx, id).await?;
    let tags = store::tags::of_product(tx, id).await?;
    write_back(tx, &product, &tags).await?;
    publish(tx, outbox, id, Change::VariantAdded).await?;
    Ok(())
}
