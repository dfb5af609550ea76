//! Changes of the catalogue. All need the scope products:write.

use async_graphql::{Context, ID, Object};
use souk_contracts::{ProductId, Sku};
use souk_subgraph::{ApiError, auth::RequiresScope, graphql::MoneyInput};

use super::{
    db,
    inputs::{ProductCreateInput, ProductUpdateInput, ProductVariantInput},
    outbox,
    payloads::{CategoryPayload, ProductPayload},
};
use crate::{
    commands::{self, CommandError},
    domain::{CategoryName, Faults, PRICE_MAX_MINOR, ProductEdit, ProductStatus, Slug},
};

#[derive(Debug, Default)]
pub struct Mutation;

/// Changes of the shop's data.
#[Object]
impl Mutation {
    /// Adds a category. Needs the scope products:write.
    #[graphql(guard = "RequiresScope(\"products:write\")", requires_scopes = "products:write")]
    async fn category_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The readable part of its page's address; unique.")] slug: String,
        #[graphql(desc = "What it is called.")] name: String,
    ) -> Result<CategoryPayload, ApiError> {
        let mut faults = Faults::default();
        let slug = faults.take("slug", Slug::parse(&slug));
        let name = faults.take("name", CategoryName::parse(&name));
        let done = match faults.finish(slug.zip(name)) {
            Ok((slug, name)) => commands::create_category(db(ctx), &slug, &name).await,
            Err(refusals) => Err(CommandError::Refused(refusals)),
        };
        CategoryPayload::of(done)
    }

    /// Adds a product with its variants and prices. Needs the scope products:write.
    #[graphql(guard = "RequiresScope(\"products:write\")", requires_scopes = "products:write")]
    async fn product_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new product.")] input: ProductCreateInput,
    ) -> Result<ProductPayload, ApiError> {
        let done = match input.parse() {
            Ok(new) => commands::create_product(db(ctx), outbox(ctx), &new).await,
            Err(refusals) => Err(CommandError::Refused(refusals)),
        };
        ProductPayload::of(ctx, done).await
    }

    /// Changes a product; what is left out stays as it is. Needs the scope products:write.
    #[graphql(guard = "RequiresScope(\"products:write\")", requires_scopes = "products:write")]
    async fn product_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The product's id.")] id: ID,
        #[graphql(desc = "The change.")] input: ProductUpdateInput,
    ) -> Result<ProductPayload, ApiError> {
        let id: ProductId = id.parse()?;
        let done = match input.parse() {
            Ok(edit) => commands::update_product(db(ctx), outbox(ctx), id, &edit).await,
            Err(refusals) => Err(CommandError::Refused(refusals)),
        };
        ProductPayload::of(ctx, done).await
    }

    /// Takes a product off sale; orders still show it. Archiving it again changes nothing. Needs the scope
    /// products:write.
    #[graphql(guard = "RequiresScope(\"products:write\")", requires_scopes = "products:write")]
    async fn product_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The product's id.")] id: ID,
    ) -> Result<ProductPayload, ApiError> {
        let id: ProductId = id.parse()?;
        let edit = ProductEdit { status: Some(ProductStatus::Archived), ..ProductEdit::default() };
        let done = commands::update_product(db(ctx), outbox(ctx), id, &edit).await;
        ProductPayload::of(ctx, done).await
    }

    /// Adds a variant to a product. Needs the scope products:write.
    #[graphql(guard = "RequiresScope(\"products:write\")", requires_scopes = "products:write")]
    async fn variant_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The product's id.")] product_id: ID,
        #[graphql(desc = "The new variant.")] input: ProductVariantInput,
    ) -> Result<ProductPayload, ApiError> {
        let product: ProductId = product_id.parse()?;
        let done = match input.parse() {
            Ok(new) => commands::add_variant(db(ctx), outbox(ctx), product, &new).await,
            Err(refusals) => Err(CommandError::Refused(refusals)),
        };
        ProductPayload::of(ctx, done).await
    }

    /// Sets a variant's price in one currency; orders that were placed keep theirs. Needs the scope products:write.
    #[graphql(guard = "RequiresScope(\"products:write\")", requires_scopes = "products:write")]
    async fn variant_price_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The stock keeping unit; case does not matter.")] sku: String,
        #[graphql(desc = "The new price.")] price: MoneyInput,
    ) -> Result<ProductPayload, ApiError> {
        let mut faults = Faults::default();
        let sku: Option<Sku> = faults.take("sku", sku.parse());
        let price = faults.take("price", price.parse());
        if price.is_some_and(|price| price.minor > PRICE_MAX_MINOR) {
            faults.invalid("price", "the price is out of range");
        }
        let done = match faults.finish(sku.zip(price)) {
            Ok((sku, price)) => commands::set_price(db(ctx), outbox(ctx), &sku, price).await,
            Err(refusals) => Err(CommandError::Refused(refusals)),
        };
        ProductPayload::of(ctx, done).await
    }
}
