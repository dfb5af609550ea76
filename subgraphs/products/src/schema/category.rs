//! Categories.

use async_graphql::{Context, ID, Object};
use souk_contracts::CategoryId;
use souk_subgraph::{
    ApiError,
    pages::{Page, PageRequest},
};

use super::{
    connection::{ProductConnection, Total},
    loaders,
    loaders::CategoryPage,
    product::Product,
};
use crate::store;

#[derive(Debug, Clone)]
pub struct Category(store::Category);

/// Cursors of a category's list; they hold a product's id.
const LIST: &str = "category";

/// A group of products.
#[Object]
impl Category {
    /// Opaque id.
    pub(super) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The readable part of its page's address; unique.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its products on sale, the newest first.
    async fn products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, 1 to 100.", default_with = "Some(20)")] first: Option<i32>,
        #[graphql(desc = "A cursor of this list: products behind it.")] after: Option<String>,
    ) -> Result<ProductConnection, ApiError> {
        self.page(ctx, first.unwrap_or(20), after.as_deref()).await
    }
}

impl Category {
    pub(super) fn of(id: CategoryId, slug: String, name: String) -> Self {
        Self(store::Category { id, slug, name })
    }

    async fn page(&self, ctx: &Context<'_>, first: i32, after: Option<&str>) -> Result<ProductConnection, ApiError> {
        let request = PageRequest::parse(LIST, first, after)?;
        let page = CategoryPage { before: request.after, limit: request.limit() };
        let products = loaders(ctx).products_of_category.one((self.0.id, page)).await?.unwrap_or_default();
        let page = Page::cut(LIST, &request, products, |product| product.id);
        Ok(ProductConnection::new(page, Total::Category(self.0.id), Product::from))
    }
}

impl From<store::Category> for Category {
    fn from(category: store::Category) -> Self {
        Self::of(category.id, category.slug, category.name)
    }
}
