//! Reads of the catalogue, and the entities that other subgraphs refer to.

use async_graphql::{Context, ID, Object};
use souk_contracts::{ProductId, Sku, VariantId};
use souk_subgraph::{
    ApiError,
    auth::{principal, require_scope},
    graphql::or_null,
    pages::{Page, PageRequest},
};

use super::{
    WRITE,
    category::Category,
    connection::{ProductConnection, Total},
    db,
    filter::{ProductFilter, ProductSort},
    loaders,
    product::Product,
    variant::ProductVariant,
    works_here,
};
use crate::{domain::ProductStatus, store};

#[derive(Debug, Default)]
pub struct CatalogueQuery;

#[Object]
impl CatalogueQuery {
    /// One product, by id or slug; null when there is none, or none on sale that you may see.
    async fn product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The product's id.")] id: Option<ID>,
        #[graphql(desc = "The product's slug.")] slug: Option<String>,
    ) -> Option<Product> {
        let found = or_null(ctx, find_product(ctx, id, slug)).await;
        let seen = found.filter(|product| product.status == ProductStatus::Active || works_here(ctx));
        seen.map(Product::from)
    }

    /// One variant by its sku; null when there is none, or none on sale that you may see.
    async fn variant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The stock keeping unit; case does not matter.")] sku: String,
    ) -> Option<ProductVariant> {
        let found = or_null(ctx, find_variant(ctx, &sku)).await;
        let seen = found.filter(|variant| variant.status == ProductStatus::Active || works_here(ctx));
        seen.map(ProductVariant)
    }

    /// Products on sale.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments in the graph")]
    async fn products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, 1 to 100.", default_with = "Some(20)")] first: Option<i32>,
        #[graphql(desc = "A cursor of this list in this order: products behind it.")] after: Option<String>,
        #[graphql(desc = "Which products.")] filter: Option<ProductFilter>,
        #[graphql(desc = "In which order.", default_with = "Some(ProductSort::Newest)")] sort: Option<ProductSort>,
    ) -> Result<ProductConnection, ApiError> {
        let filter = filter.unwrap_or_default().parse()?;
        if filter.status != ProductStatus::Active {
            require_scope(principal(ctx), WRITE)?;
        }
        let (sort, list) = sort.unwrap_or(ProductSort::Newest).of(&filter);
        let request = PageRequest::parse(&list, first.unwrap_or(20), after.as_deref())?;
        let rows = store::listing::page(db(ctx), &filter, &sort, &request).await?;
        let page = Page::cut(&list, &request, rows, |row| row.key.clone());
        Ok(ProductConnection::new(page, Total::List(filter), |row| row.product.into()))
    }

    /// All categories, by name.
    async fn categories(&self, ctx: &Context<'_>) -> Result<Vec<Category>, ApiError> {
        Ok(store::categories::all(db(ctx)).await?.into_iter().map(Category::from).collect())
    }

    #[graphql(entity)]
    async fn product_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Product>, ApiError> {
        let Ok(id) = id.parse::<ProductId>() else { return Ok(None) };
        let found = loaders(ctx).products.one(id).await?;
        Ok(found.filter(|product| is_referable(product.status) || works_here(ctx)).map(Product::from))
    }

    #[graphql(entity)]
    async fn variant_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<ProductVariant>, ApiError> {
        let Ok(id) = id.parse::<VariantId>() else { return Ok(None) };
        let found = loaders(ctx).variants_by_id.one(id).await?;
        Ok(found.filter(|variant| is_referable(variant.status) || works_here(ctx)).map(ProductVariant))
    }

    #[graphql(entity)]
    async fn variant_by_sku(&self, ctx: &Context<'_>, sku: String) -> Result<Option<ProductVariant>, ApiError> {
        let Ok(sku) = sku.parse::<Sku>() else { return Ok(None) };
        let found = loaders(ctx).variants_by_sku.one(sku.to_string()).await?;
        Ok(found.filter(|variant| is_referable(variant.status) || works_here(ctx)).map(ProductVariant))
    }
}

async fn find_product(
    ctx: &Context<'_>,
    id: Option<ID>,
    slug: Option<String>,
) -> Result<Option<store::Product>, ApiError> {
    match (id, slug) {
        (Some(id), None) => loaders(ctx).products.one(id.parse::<ProductId>()?).await,
        (None, Some(slug)) => Ok(store::products::by_slug(db(ctx), &slug).await?),
        (Some(_), Some(_)) | (None, None) => Err(ApiError::bad_input("product needs either an id or a slug")),
    }
}

async fn find_variant(ctx: &Context<'_>, sku: &str) -> Result<Option<store::Variant>, ApiError> {
    let sku: Sku = sku.parse()?;
    loaders(ctx).variants_by_sku.one(sku.to_string()).await
}

/// What an order, a link or another subgraph may refer to: also what is no longer on sale, but no drafts. The line of
/// an order keeps its own title and price, so a product that goes back to the drawing board takes nothing from it.
fn is_referable(status: ProductStatus) -> bool {
    match status {
        ProductStatus::Active | ProductStatus::Archived => true,
        ProductStatus::Draft => false,
    }
}
