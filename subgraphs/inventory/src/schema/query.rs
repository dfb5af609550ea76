//! Reads of stock, and the variants that products refers to.

use async_graphql::{Context, Object};
use souk_contracts::Sku;
use souk_subgraph::{ApiError, auth::RequiresScope, graphql::MoneyInput, pages::MAX_FIRST};

use super::{
    db,
    stock::{StockLevel, StockMovement, Warehouse},
    variant::ProductVariant,
};
use crate::store;

#[derive(Debug, Default)]
pub struct StockQuery;

#[Object]
impl StockQuery {
    /// The stock of a sku, by warehouse name. Needs the scope inventory:read.
    #[graphql(guard = "RequiresScope(\"inventory:read\")", requires_scopes = "inventory:read")]
    async fn stock_levels(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The stock keeping unit; case does not matter.")] sku: String,
    ) -> Result<Vec<StockLevel>, ApiError> {
        let sku: Sku = sku.parse()?;
        let rows = store::stock::of_skus(db(ctx), &[sku]).await?;
        Ok(rows.into_iter().map(StockLevel::from).collect())
    }

    /// Changes of what is on hand of a sku, the newest first. Needs the scope inventory:read.
    #[graphql(guard = "RequiresScope(\"inventory:read\")", requires_scopes = "inventory:read")]
    async fn stock_movements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The stock keeping unit; case does not matter.")] sku: String,
        #[graphql(desc = "How many at most, 1 to 100.", default_with = "Some(20)")] first: Option<i32>,
    ) -> Result<Vec<StockMovement>, ApiError> {
        let sku: Sku = sku.parse()?;
        let first = match first.unwrap_or(20) {
            fit @ 1..=MAX_FIRST => fit.unsigned_abs(),
            other => return Err(ApiError::bad_input(format!("first must be 1 to {MAX_FIRST}, not {other}"))),
        };
        let movements = store::ledger::newest(db(ctx), &sku, first).await?;
        Ok(movements.into_iter().map(StockMovement::from).collect())
    }

    /// All warehouses, by name. Needs the scope inventory:read.
    #[graphql(guard = "RequiresScope(\"inventory:read\")", requires_scopes = "inventory:read")]
    async fn warehouses(&self, ctx: &Context<'_>) -> Result<Vec<Warehouse>, ApiError> {
        Ok(store::warehouses::names(db(ctx)).await?.into_iter().map(|name| Warehouse { name }).collect())
    }

    #[graphql(entity)]
    async fn variant_by_sku(
        &self,
        #[graphql(key)] sku: String,
        weight_grams: Option<i32>,
        price: Option<MoneyInput>,
    ) -> Option<ProductVariant> {
        let sku: Sku = sku.parse().ok()?;
        Some(ProductVariant { sku, weight_grams, price })
    }
}
