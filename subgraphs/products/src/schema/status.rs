//! Whether a product is on sale.

use async_graphql::Enum;

use crate::domain;

/// Where a product stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::ProductStatus")]
pub enum ProductStatus {
    /// Being prepared: only staff see it.
    Draft,
    /// On sale.
    Active,
    /// No longer on sale; orders still show it.
    Archived,
}
