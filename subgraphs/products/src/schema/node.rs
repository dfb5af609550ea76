//! The interface of everything with an id.

use async_graphql::{ID, Interface};

use super::{category::Category, product::Product, variant::ProductVariant};

/// Anything with an id that is unique over the whole graph.
#[derive(Debug, Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Opaque id, prefixed by its kind."))]
pub enum Node {
    Product(Product),
    ProductVariant(ProductVariant),
    Category(Category),
}
