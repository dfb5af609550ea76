//! The catalogue's statements.

pub mod categories;
pub mod listing;
pub mod media;
pub mod prices;
pub mod products;
pub mod tags;
pub mod variants;

use souk_contracts::{CategoryId, ProductId, VariantId};
use sqlx::{MySql, QueryBuilder};

use crate::domain::ProductStatus;

pub use listing::{Basis, Filter, PriceRange, Sort};
pub use variants::CheckoutRow;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    pub id: CategoryId,
    pub slug: String,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    pub id: ProductId,
    pub slug: String,
    pub title: String,
    pub description: String,
    pub status: ProductStatus,
    pub category: Option<CategoryId>,
    pub version: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    pub id: VariantId,
    pub product: ProductId,
    pub sku: String,
    pub title: String,
    pub weight_grams: i32,
    /// The product's: a variant is seen where its product is.
    pub status: ProductStatus,
}

/// `?, ?, ?` for the values of an IN list.
fn push_list<'a, T>(statement: &mut QueryBuilder<MySql>, values: impl IntoIterator<Item = T>)
where
    T: sqlx::Encode<'a, MySql> + sqlx::Type<MySql> + 'a,
{
    let mut list = statement.separated(", ");
    for value in values {
        list.push_bind(value);
    }
}
