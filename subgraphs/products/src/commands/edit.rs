//! Writing a locked product back with all that is derived from it.

use souk_contracts::ProductId;
use souk_subgraph::{StoreError, Tx};

use super::CommandError;
use crate::{
    domain::{NewVariant, Refusal, Slug, Tag, search_text},
    store::{self, Product},
};

/// The product under its lock, or a refusal.
pub(super) async fn locked(tx: &mut Tx, id: ProductId, field: &str) -> Result<Product, CommandError> {
    let product = store::products::lock(tx, id).await?;
    Ok(product.ok_or_else(|| Refusal::NotFound { field: vec![field.to_owned()], what: "product" })?)
}

/// Writes the product one version on, with its search text anew.
pub(super) async fn write_back(tx: &mut Tx, product: &Product, tags: &[Tag]) -> Result<(), StoreError> {
    let variants = store::variants::of_product(tx, product.id).await?;
    let skus = variants.iter().map(|variant| variant.sku.as_str());
    let text = search_text(&product.title, tags, skus, &product.description);
    store::products::update(tx, product, &text).await
}

pub(super) async fn category_of(
    tx: &mut Tx,
    slug: Option<&Slug>,
) -> Result<Option<souk_contracts::CategoryId>, CommandError> {
    let Some(slug) = slug else { return Ok(None) };
    let category = store::categories::id_of_slug(tx, slug).await?;
    let unknown = Refusal::NotFound { field: vec!["categorySlug".to_owned()], what: "category" };
    Ok(Some(category.ok_or(unknown)?))
}

/// Inserts a variant with its prices; `path` is where the variant stands in the input.
pub(super) async fn insert_variant(
    tx: &mut Tx,
    (product, position): (ProductId, usize),
    new: &NewVariant,
    path: &[String],
) -> Result<(), CommandError> {
    let id = souk_contracts::VariantId::new(souk_process::clock::now(), souk_subgraph::random::bytes());
    if !store::variants::insert(tx, (product, position as i16), id, new).await? {
        let field = path.iter().cloned().chain(["sku".to_owned()]).collect();
        return Err(Refusal::SkuTaken { field, sku: new.sku.to_string() }.into());
    }
    store::prices::insert(tx, id, &new.prices).await?;
    Ok(())
}
