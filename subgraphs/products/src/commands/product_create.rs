//! A new product with its variants and prices.

use souk_contracts::{CategoryId, ProductId};
use souk_process::clock;
use souk_subgraph::{Db, StoreError, Tx, db::in_transaction, outbox::Outbox, random};

use super::{
    CommandError,
    edit::{category_of, insert_variant},
    publish::{Change, publish},
};
use crate::{
    domain::{NewProduct, Refusal, Slug, search_text},
    store,
};

/// Numbers tried behind a derived slug before a random one.
const NUMBERS_TRIED: u32 = 8;

/// # Errors
/// [`CommandError`]: unknown category, taken slug or sku.
pub async fn create_product(db: &Db, outbox: &Outbox, new: &NewProduct) -> Result<ProductId, CommandError> {
    let id = ProductId::new(clock::now(), random::bytes());
    in_transaction(db, |tx| Box::pin(create_in(tx, outbox, id, new))).await?;
    outbox.committed();
    Ok(id)
}

async fn create_in(tx: &mut Tx, outbox: &Outbox, id: ProductId, new: &NewProduct) -> Result<(), CommandError> {
    let category = category_of(tx, new.category.as_ref()).await?;
    insert_product(tx, id, new, category).await?;
    store::tags::replace(tx, id, &new.tags).await?;
    store::media::replace(tx, id, &new.media).await?;
    for (position, variant) in new.variants.iter().enumerate() {
        let path = ["variants".to_owned(), position.to_string()];
        insert_variant(tx, (id, position), variant, &path).await?;
    }
    store::prices::refresh_floors(tx, id).await?;
    publish(tx, outbox, id, Change::Created).await?;
    Ok(())
}

async fn insert_product(
    tx: &mut Tx,
    id: ProductId,
    new: &NewProduct,
    category: Option<CategoryId>,
) -> Result<(), CommandError> {
    let skus = new.variants.iter().map(|variant| variant.sku.as_str());
    let text = search_text(new.title.as_str(), &new.tags, skus, new.description.as_str());
    if let Some(slug) = &new.slug {
        if store::products::insert(tx, (id, slug), new, category, &text).await? {
            return Ok(());
        }
        let (field, slug) = (vec!["slug".to_owned()], slug.as_str().to_owned());
        return Err(Refusal::SlugTaken { field, slug }.into());
    }
    let derived = Slug::derive(new.title.as_str());
    let numbers = (2..NUMBERS_TRIED).chain([u32::from_be_bytes(random::bytes())]);
    for slug in [derived.clone()].into_iter().chain(numbers.map(|number| derived.numbered(number))) {
        if store::products::insert(tx, (id, &slug), new, category, &text).await? {
            return Ok(());
        }
    }
    Err(StoreError::Lost { what: format!("the slug of {id}") }.into())
}
