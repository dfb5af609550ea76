//! Products.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use souk_subgraph::{ApiError, graphql::or_null};

use super::{category::Category, loaders, media::Media, status::ProductStatus, variant::ProductVariant};
use crate::store;

#[derive(Debug, Clone)]
pub struct Product(pub Arc<store::Product>);

/// Something the shop sells, in one or more variants.
#[Object]
impl Product {
    /// Opaque id.
    pub(super) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The readable part of its page's address; unique.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// What it is called.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What it is, in plain text.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// Whether it is on sale.
    async fn status(&self) -> ProductStatus {
        self.0.status.into()
    }

    /// The category it is browsed under.
    async fn category(&self, ctx: &Context<'_>) -> Option<Category> {
        or_null(ctx, loaders(ctx).categories.one(self.0.category?)).await.map(Category::from)
    }

    /// Words it is found by, in lower case and alphabetical order.
    async fn tags(&self, ctx: &Context<'_>) -> Result<Vec<String>, ApiError> {
        Ok(loaders(ctx).tags.one(self.0.id).await?.unwrap_or_default())
    }

    /// Images and films, the main one first.
    async fn media(&self, ctx: &Context<'_>) -> Result<Vec<Media>, ApiError> {
        let media = loaders(ctx).media.one(self.0.id).await?.unwrap_or_default();
        Ok(media.into_iter().map(Media::from).collect())
    }

    /// What can be bought, in the order in which it was added.
    async fn variants(&self, ctx: &Context<'_>) -> Result<Vec<ProductVariant>, ApiError> {
        let variants = loaders(ctx).variants_of_product.one(self.0.id).await?.unwrap_or_default();
        Ok(variants.into_iter().map(ProductVariant).collect())
    }
}

impl From<store::Product> for Product {
    fn from(product: store::Product) -> Self {
        Self(Arc::new(product))
    }
}
