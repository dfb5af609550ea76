//! Pages of products.

use async_graphql::{Context, Object, SimpleObject};
use souk_contracts::CategoryId;
use souk_subgraph::{ApiError, graphql::PageInfo, pages::Page};

use super::{db, loaders, product::Product};
use crate::store::{self, Filter};

/// What the total is counted over, should it be asked for.
#[derive(Debug, Clone)]
pub enum Total {
    List(Filter),
    Category(CategoryId),
}

#[derive(Debug)]
pub struct ProductConnection {
    edges: Vec<ProductEdge>,
    page_info: PageInfo,
    total: Total,
}

/// A product in a list.
#[derive(Debug, Clone, SimpleObject)]
pub struct ProductEdge {
    /// The product.
    node: Product,
    /// Its place in the list: pass it as `after`.
    cursor: String,
}

/// A page of products.
#[Object]
impl ProductConnection {
    /// The products of this page.
    async fn nodes(&self) -> Vec<Product> {
        self.edges.iter().map(|edge| edge.node.clone()).collect()
    }

    /// The products of this page with their cursors.
    async fn edges(&self) -> &[ProductEdge] {
        &self.edges
    }

    /// Where this page stands.
    async fn page_info(&self) -> &PageInfo {
        &self.page_info
    }

    /// How many products the whole list holds; counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i32, ApiError> {
        let count = match &self.total {
            Total::List(filter) => store::listing::count(db(ctx), filter).await?,
            Total::Category(id) => loaders(ctx).counts_of_category.one(*id).await?.unwrap_or_default(),
        };
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }
}

impl ProductConnection {
    pub fn new<T>(page: Page<T>, total: Total, node: impl Fn(T) -> Product) -> Self {
        let page_info = page.info();
        let edges = page.rows.into_iter().map(|(cursor, row)| ProductEdge { node: node(row), cursor }).collect();
        Self { edges, page_info, total }
    }
}
