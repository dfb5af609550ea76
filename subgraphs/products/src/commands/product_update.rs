//! A change of a product's own parts. Nothing changed means no new version and no event.

use souk_contracts::ProductId;
use souk_subgraph::{Db, Tx, db::in_transaction, outbox::Outbox};

use super::{
    CommandError,
    edit::{category_of, locked, write_back},
    publish::{Change, publish},
};
use crate::{
    domain::{CategoryEdit, ProductEdit, ProductStatus},
    store::{self, Product},
};

/// # Errors
/// [`CommandError`]: unknown product or category.
pub async fn update_product(
    db: &Db,
    outbox: &Outbox,
    id: ProductId,
    edit: &ProductEdit,
) -> Result<ProductId, CommandError> {
    in_transaction(db, |tx| Box::pin(update_in(tx, outbox, id, edit))).await?;
    outbox.committed();
    Ok(id)
}

async fn update_in(tx: &mut Tx, outbox: &Outbox, id: ProductId, edit: &ProductEdit) -> Result<(), CommandError> {
    let before = locked(tx, id, "id").await?;
    let after = edited(tx, &before, edit).await?;
    let tags_before = store::tags::of_product(tx, id).await?;
    let tags = edit.tags.as_ref().unwrap_or(&tags_before);
    if after == before && *tags == tags_before && edit.media.is_none() {
        return Ok(());
    }
    store::tags::replace(tx, id, tags).await?;
    if let Some(media) = &edit.media {
        store::media::replace(tx, id, media).await?;
    }
    write_back(tx, &after, tags).await?;
    let archived = after.status == ProductStatus::Archived && before.status != ProductStatus::Archived;
    publish(tx, outbox, id, if archived { Change::Archived } else { Change::Updated }).await?;
    Ok(())
}

async fn edited(tx: &mut Tx, before: &Product, edit: &ProductEdit) -> Result<Product, CommandError> {
    let mut after = before.clone();
    if let Some(title) = &edit.title {
        title.as_str().clone_into(&mut after.title);
    }
    if let Some(description) = &edit.description {
        description.as_str().clone_into(&mut after.description);
    }
    match &edit.category {
        CategoryEdit::Keep => {}
        CategoryEdit::Leave => after.category = None,
        CategoryEdit::Enter(slug) => after.category = category_of(tx, Some(slug)).await?,
    }
    after.status = edit.status.unwrap_or(before.status);
    Ok(after)
}
