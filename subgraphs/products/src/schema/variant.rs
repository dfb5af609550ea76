//! Variants and their prices.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use souk_subgraph::{
    ApiError,
    graphql::{CurrencyCode, Money, or_null},
    pages::MAX_FIRST,
};

use super::{loaders, product::Product};
use crate::store;

#[derive(Debug, Clone)]
pub struct ProductVariant(pub store::Variant);

/// A price that was set at some time.
#[derive(Debug, Clone, SimpleObject)]
pub struct PriceChange {
    /// The price from then on.
    price: Money,
    /// When it was set.
    at: DateTime<Utc>,
}

/// One way in which a product is sold, e.g. a colour or size, with a sku of its own.
#[Object]
impl ProductVariant {
    /// Opaque id.
    pub(super) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The stock keeping unit, unique over all products, in upper case.
    async fn sku(&self) -> &str {
        &self.0.sku
    }

    /// What sets it apart from its siblings.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// The product it belongs to.
    async fn product(&self, ctx: &Context<'_>) -> Result<Product, ApiError> {
        let product = loaders(ctx).products.one(self.0.product).await?;
        product.map(Product::from).ok_or_else(|| ApiError::internal(&format!("{} has no product", self.0.id)))
    }

    /// Weight with packaging, in grams.
    async fn weight_grams(&self) -> i32 {
        self.0.weight_grams
    }

    /// The price in one currency; null where there is none in it.
    async fn price(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The currency; without it the base currency, the first of `prices`.")] currency: Option<
            CurrencyCode,
        >,
    ) -> Option<Money> {
        let prices = or_null(ctx, async { self.all_prices(ctx).await.map(Some) }).await?;
        prices.into_iter().find(|price| currency.is_none_or(|wanted| wanted == price.currency_code))
    }

    /// All prices, one a currency, the base currency first.
    async fn prices(&self, ctx: &Context<'_>) -> Result<Vec<Money>, ApiError> {
        self.all_prices(ctx).await
    }

    /// Prices that were set, in all currencies, the newest first.
    async fn price_history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, 1 to 100.", default_with = "Some(20)")] first: Option<i32>,
    ) -> Result<Vec<PriceChange>, ApiError> {
        let first = match first.unwrap_or(20) {
            fit @ 1..=MAX_FIRST => fit.unsigned_abs(),
            other => return Err(ApiError::bad_input(format!("first must be 1 to {MAX_FIRST}, not {other}"))),
        };
        let history = loaders(ctx).history.one((self.0.id, first)).await?.unwrap_or_default();
        Ok(history.into_iter().map(|change| PriceChange { price: change.price.into(), at: change.at }).collect())
    }
}

impl ProductVariant {
    async fn all_prices(&self, ctx: &Context<'_>) -> Result<Vec<Money>, ApiError> {
        let prices = loaders(ctx).prices.one(self.0.id).await?.unwrap_or_default();
        Ok(prices.into_iter().map(Money::from).collect())
    }
}
